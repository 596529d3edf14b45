"""`pierhead org`: create, list and delete organizations from the machine that runs the server."""

from pathlib import Path

import click

from pierhead.access.delete_account import delete_account
from pierhead.access.model.identity import COMMAND_LINE
from pierhead.accounts import organizations, users
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.administration.manage_accounts import list_organizations
from pierhead.audit.model import SYSTEM
from pierhead.cli.opening import open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_table
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.namespace_grants import StoredRepositoryGrants

_HELP = """Manage organizations: namespaces that several people share. The server may run meanwhile; changes hold at once.

\b
An organization whose only owner, for the beginning, is ada:
  pierhead org create harbour --owner ada
Then ada pushes to it:
  docker push 127.0.0.1:8080/harbour/app:v1
"""


@click.group(help=_HELP)
def org() -> None:
    """The group itself does nothing."""


@org.command()
@click.argument("name")
@click.option("--owner", required=True, help="The user who administers it; more join the team `owners`.")
@click.option("--email", help="An address for whoever looks after it; no user may have it.")
@data_option
def create(name: str, owner: str, email: str | None, data: Path | None) -> None:
    """Create the organization NAME: 2 to 255 lower-case letters and digits, with single dots, dashes or underscores between them."""

    def run(work: UnitOfWork) -> None:
        organizations.create_organization(work, SYSTEM, _get_owner(work, owner), name, email)

    with open_database(data) as database:
        database.write_now(run)
    click.echo(f"Created the organization {name}, owned by {owner}.")


@org.command("list")
@json_option
@data_option
def list_all(as_json: bool, data: Path | None) -> None:
    """List every organization, in the order of their creation."""
    with open_database(data) as database:
        page = database.read_now(list_organizations, COMMAND_LINE)
    rows = [{"name": account.name, "email": account.email, "enabled": account.is_enabled} for account in page.accounts]
    show_table(rows, ("name", "email", "enabled"), as_json=as_json)


@org.command()
@click.argument("name")
@click.confirmation_option(prompt="Every repository, team and robot of the organization goes with it. Go on?")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the organization NAME with everything under it; its name is free at once."""

    def run(work: UnitOfWork) -> None:
        delete_account(work, SYSTEM, organizations.get_organization(work, name), grants=StoredRepositoryGrants())

    with open_database(data) as database:
        try:
            database.write_now(run)
        except AccountNotFound as error:
            raise click.ClickException(f"There is no organization {name!r}. `pierhead org list` shows all.") from error
    click.echo(f"{name} is deleted.")


def _get_owner(work: UnitOfWork, name: str) -> Account:
    try:
        return users.get_user(work, name)
    except AccountNotFound as error:
        raise click.ClickException(f"There is no user {name!r}. `pierhead user list` shows all.") from error
