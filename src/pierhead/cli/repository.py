"""`pierhead repository`: list, hide, show and delete repositories from the machine that runs the server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pierhead.access.model.identity import COMMAND_LINE
from pierhead.cli.opening import open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_table
from pierhead.platform.database import Database, UnitOfWork
from pierhead.repositories.list_repositories import PAGE_SIZE, list_repositories
from pierhead.repositories.manage_repository import delete_repository, set_visibility
from pierhead.repositories.model import RepositoryItem, RepositoryKind, RepositoryNotFound
from pierhead.repositories.quotas import measure_repositories

_HELP = """Manage repositories. The server may run meanwhile; changes hold at once.

\b
What an organization holds:
  pierhead repository list --namespace harbour
Let everybody pull one of them, without a login:
  pierhead repository visibility harbour/app public
"""


@click.group(help=_HELP)
def repository() -> None:
    """The group itself does nothing."""


@repository.command("list")
@click.option("--namespace", help="Only those of this user or organization.")
@json_option
@data_option
def list_all(namespace: str | None, as_json: bool, data: Path | None) -> None:
    """List repositories: name, who may read them, whether they take pushes, and the size of their blobs."""
    with open_database(data) as database:
        found = [item for kind in RepositoryKind for item in _list(database, namespace, kind)]
        sizes = database.read_now(measure_repositories, [item.id for item in found])
    rows: list[dict[str, Any]] = [
        {
            "name": item.name,
            "visibility": "public" if item.is_public else "private",
            "kind": item.kind.value,
            "state": item.state.value,
            "size_bytes": sizes.get(item.id, 0),
        }
        for item in found
    ]
    show_table(rows, ("name", "visibility", "kind", "state", "size_bytes"), as_json=as_json)


@repository.command()
@click.argument("name")
@click.argument("visibility", type=click.Choice(["public", "private"]))
@data_option
def visibility(name: str, visibility: str, data: Path | None) -> None:
    """Say who may read the repository NAME: everybody (public), or whoever was given permission (private)."""
    _change(data, name, lambda work: set_visibility(work, COMMAND_LINE, name, is_public=visibility == "public", address=None))
    click.echo(f"{name} is {visibility}.")


@repository.command()
@click.argument("name")
@click.confirmation_option(prompt="Its tags and their history cannot be brought back. Go on?")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the repository NAME; its name is free at once, its space when the collector has been there."""
    _change(data, name, lambda work: delete_repository(work, COMMAND_LINE, name, address=None))
    click.echo(f"{name} is deleted.")


def _list(database: Database, namespace: str | None, kind: RepositoryKind) -> list[RepositoryItem]:
    found: list[RepositoryItem] = []
    after_id = 0
    while True:
        page = database.read_now(
            list_repositories, COMMAND_LINE, namespace=namespace, starred=False, public=True, kind=kind, after_id=after_id
        )
        found += page[:PAGE_SIZE]
        if len(page) <= PAGE_SIZE:
            return found
        after_id = page[PAGE_SIZE - 1].id


def _change(data: Path | None, name: str, change: Callable[[UnitOfWork], None]) -> None:
    with open_database(data) as database:
        try:
            database.write_now(change)
        except RepositoryNotFound as error:
            raise click.ClickException(f"There is no repository {name!r}. `pierhead repository list` shows all.") from error
