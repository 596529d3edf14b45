"""`pierhead robot`: accounts for programs, from the machine that runs the server."""

from collections.abc import Callable
from pathlib import Path

import click

from pierhead.accounts import robots, users
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import AccountNotFound, RobotNotFound
from pierhead.audit.model import SYSTEM
from pierhead.cli.opening import open_core, open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_one, show_table
from pierhead.platform.database import UnitOfWork

Run = Callable[[UnitOfWork], str]

_HELP = """Manage robots: accounts for programs, such as a build server. A robot belongs to a user or an organization and is named after it.

\b
A robot of the organization harbour; its token is shown by this command:
  pierhead robot create harbour+ci
Then the program logs in:
  docker login 127.0.0.1:8080 --username harbour+ci --password-stdin
A robot may do nothing until somebody gives it permissions on repositories.
"""


@click.group(help=_HELP)
def robot() -> None:
    """The group itself does nothing."""


@robot.command()
@click.argument("name")
@click.option("--description", default="", help="What the robot is for.")
@json_option
@data_option
def create(name: str, description: str, as_json: bool, data: Path | None) -> None:
    """Create the robot NAME, such as harbour+ci, and show its token."""
    namespace, short = _split(name)
    with open_core(data) as core:

        def run(work: UnitOfWork) -> str:
            found = robots.create_robot(
                work, SYSTEM, _get_namespace(work, namespace), short, secret_box=core.secret_box, description=description
            )
            return robots.reveal_token(found, core.secret_box)

        token = core.database.write_now(run)
    show_one({"name": name, "token": token}, token, as_json=as_json)


@robot.command("list")
@click.argument("namespace")
@json_option
@data_option
def list_all(namespace: str, as_json: bool, data: Path | None) -> None:
    """List the robots of a user or organization, without their tokens."""
    with open_database(data) as database:
        found = database.read_now(lambda work: robots.list_robots(work, _get_namespace(work, namespace)))
    rows = [
        {"name": each.name, "description": each.description, "created": each.created_at, "last_used": each.last_used_at} for each in found
    ]
    show_table(rows, ("name", "description", "created", "last_used"), as_json=as_json)


@robot.command()
@click.argument("name")
@click.option("--overlap", default=0, show_default=True, type=click.IntRange(0), help="Seconds for which the old token goes on working.")
@json_option
@data_option
def regenerate(name: str, overlap: int, as_json: bool, data: Path | None) -> None:
    """Give the robot NAME a new token, and show it."""
    namespace, short = _split(name)
    with open_core(data) as core:

        def run(work: UnitOfWork) -> str:
            found = robots.regenerate_robot_token(
                work, SYSTEM, _get_namespace(work, namespace), short, secret_box=core.secret_box, overlap_seconds=overlap
            )
            return robots.reveal_token(found, core.secret_box)

        token = core.database.write_now(_naming(run, name))
    show_one({"name": name, "token": token}, token, as_json=as_json)


@robot.command()
@click.argument("name")
@click.confirmation_option(prompt="Programs that log in as the robot stop working. Go on?")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the robot NAME with its permissions."""
    namespace, short = _split(name)

    def run(work: UnitOfWork) -> str:
        robots.delete_robot(work, SYSTEM, _get_namespace(work, namespace), short)
        return name

    with open_database(data) as database:
        database.write_now(_naming(run, name))
    click.echo(f"{name} is deleted.")


def _split(name: str) -> tuple[str, str]:
    namespace, plus, short = name.partition("+")
    if not plus:
        raise click.ClickException(f"A robot's name holds its namespace and a plus sign, such as harbour+{name}.")
    return namespace, short


def _naming(run: Run, name: str) -> Run:
    """Say which robot is missing."""

    def named(work: UnitOfWork) -> str:
        try:
            return run(work)
        except RobotNotFound as error:
            raise click.ClickException(f"There is no robot {name!r}. `pierhead robot list` shows those of a namespace.") from error

    return named


def _get_namespace(work: UnitOfWork, name: str) -> Account:
    try:
        return users.get_namespace(work, name)
    except AccountNotFound as error:
        raise click.ClickException(f"There is neither a user nor an organization {name!r}.") from error
