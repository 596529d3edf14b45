"""`pierhead token`: application tokens of users, from the machine that runs the server."""

from datetime import timedelta
from pathlib import Path

import click

from pierhead.access import application_tokens as tokens
from pierhead.access.model.errors import ApplicationTokenNotFound
from pierhead.accounts import users
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.audit.model import SYSTEM
from pierhead.cli.opening import open_core, open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_one, show_table
from pierhead.platform.database import UnitOfWork

_HELP = """Manage application tokens: passwords of their own for programs that act as a user. The user's own password stays unknown to them.

\b
A token of ada for a laptop, for a year; it is shown by this command:
  pierhead token create ada --title laptop --days 365
Then the program logs in as $app:
  docker login 127.0.0.1:8080 --username '$app' --password-stdin
"""


@click.group(help=_HELP)
def token() -> None:
    """The group itself does nothing."""


@token.command()
@click.argument("user")
@click.option("--title", required=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 36500), help="Days after which it is refused; for ever when not given.")
@json_option
@data_option
def create(user: str, title: str, days: int | None, as_json: bool, data: Path | None) -> None:
    """Make a token that acts as USER, and show it."""
    with open_core(data) as core:
        made = core.database.write_now(
            lambda work: tokens.create_application_token(
                work,
                SYSTEM,
                _get_user(work, user).id,
                title,
                secret_box=core.secret_box,
                expires_in=None if days is None else timedelta(days=days),
            )
        )
        code = tokens.reveal_code(made, core.secret_box)
    show_one({"uuid": made.uuid, "title": made.title, "expires": made.expires_at, "token": code}, code, as_json=as_json)


@token.command("list")
@click.argument("user")
@json_option
@data_option
def list_all(user: str, as_json: bool, data: Path | None) -> None:
    """List the tokens of USER, without the secrets."""
    with open_database(data) as database:
        found = database.read_now(lambda work: tokens.list_application_tokens(work, _get_user(work, user).id))
    rows = [
        {"uuid": each.uuid, "title": each.title, "created": each.created_at, "last_used": each.last_used_at, "expires": each.expires_at}
        for each in found
    ]
    show_table(rows, ("uuid", "title", "created", "last_used", "expires"), as_json=as_json)


@token.command()
@click.argument("user")
@click.argument("uuid")
@data_option
def revoke(user: str, uuid: str, data: Path | None) -> None:
    """Refuse the token UUID of USER from now on."""
    with open_database(data) as database:
        try:
            database.write_now(lambda work: tokens.revoke_application_token(work, SYSTEM, _get_user(work, user).id, uuid))
        except ApplicationTokenNotFound as error:
            raise click.ClickException(f"{user} has no token {uuid!r}. `pierhead token list {user}` shows all.") from error
    click.echo(f"The token {uuid} is revoked.")


def _get_user(work: UnitOfWork, name: str) -> Account:
    try:
        return users.get_user(work, name)
    except AccountNotFound as error:
        raise click.ClickException(f"There is no user {name!r}. `pierhead user list` shows all.") from error
