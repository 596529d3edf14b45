"""`pierhead user`: create and manage users from the machine that runs the server."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from pierhead.access.delete_account import delete_account
from pierhead.accounts import users
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.accounts.model.names import parse_password
from pierhead.accounts.passwords import PasswordHasher
from pierhead.audit.model import SYSTEM
from pierhead.cli.opening import open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_table
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.namespace_grants import StoredRepositoryGrants

_HELP = """Create and manage users. The server may run meanwhile; changes hold at once.

\b
The first user, a superuser, typing the password:
  pierhead user create ada --email ada@example.com --superuser
The same for scripts:
  pierhead user create ada --email ada@example.com --superuser --password-stdin < password.txt
Then:
  docker login 127.0.0.1:8080 --username ada
"""

_password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of the standard input instead of asking for it."
)


@click.group(help=_HELP)
def user() -> None:
    """The group itself does nothing."""


@user.command()
@click.argument("name")
@click.option("--email", required=True, help="The user's e-mail address; it works as a name for signing in too.")
@click.option("--superuser", is_flag=True, help="The user may administer the whole server.")
@_password_option
@data_option
def create(name: str, email: str, superuser: bool, password_stdin: bool, data: Path | None) -> None:
    """Create the user NAME: 2 to 255 lower-case letters and digits, with single dots, dashes or underscores between them.

    The password has at least 8 characters and no white space.
    """
    password_hash = _read_password_hash(password_stdin)
    with open_database(data) as database:
        database.write_now(users.create_user, SYSTEM, name, email, password_hash, is_superuser=superuser)
    click.echo(f"Created the {'superuser' if superuser else 'user'} {name}.")


@user.command("list")
@json_option
@data_option
def list_users(as_json: bool, data: Path | None) -> None:
    """List every user: name, e-mail address, and what is special."""
    with open_database(data) as database:
        found = database.read_now(users.list_users)
    rows = [
        {"name": account.name, "email": account.email, "superuser": account.is_superuser, "enabled": account.is_enabled}
        for account in found
    ]
    show_table(rows, ("name", "email", "superuser", "enabled"), as_json=as_json)


@user.command("set-password")
@click.argument("name")
@_password_option
@data_option
def set_password(name: str, password_stdin: bool, data: Path | None) -> None:
    """Give the user NAME a new password. Every session and encrypted password of the user ends; robots and tokens go on."""
    password_hash = _read_password_hash(password_stdin)

    def change(work: UnitOfWork) -> None:
        users.set_password(work, SYSTEM, users.get_user(work, name), password_hash)

    _change(data, name, change)
    click.echo(f"{name} has a new password.")


@user.command()
@click.argument("name")
@data_option
def disable(name: str, data: Path | None) -> None:
    """Refuse everything that the user NAME, its robots and its tokens ask for. Nothing is deleted; `enable` undoes it."""
    _change(data, name, lambda work: users.set_enabled(work, SYSTEM, users.get_user(work, name), False))
    click.echo(f"{name} is disabled.")


@user.command()
@click.argument("name")
@data_option
def enable(name: str, data: Path | None) -> None:
    """Let the user NAME in again."""
    _change(data, name, lambda work: users.set_enabled(work, SYSTEM, users.get_user(work, name), True))
    click.echo(f"{name} is enabled.")


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Everything in the user's namespace goes with it. Go on?")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the user NAME with every repository, robot and token of the user's. `disable` is the way that can be undone."""
    grants = StoredRepositoryGrants()
    _change(data, name, lambda work: delete_account(work, SYSTEM, users.get_user(work, name), grants=grants))
    click.echo(f"{name} is deleted.")


def _change(data: Path | None, name: str, change: Callable[[UnitOfWork], object]) -> None:
    with open_database(data) as database:
        try:
            database.write_now(change)
        except AccountNotFound as error:
            raise click.ClickException(f"There is no user {name!r}. `pierhead user list` shows all.") from error


def _read_password_hash(from_stdin: bool) -> str:
    """Hash the password before the database is opened: a wrong one changes nothing."""
    password = _read_line() if from_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    hasher = PasswordHasher()
    try:
        return hasher.hash_now(parse_password(password))
    finally:
        hasher.close()


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
