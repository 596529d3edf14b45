"""`pierhead migrate`: bring the database up to date."""

from pathlib import Path

import click

from pierhead.cli.options import data_option
from pierhead.cli.preparation import prepare_data
from pierhead.platform.database.migrations import head_revision
from pierhead.settings import load_settings


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to this version's schema. `pierhead serve` does the same when it starts.

    A SQLite file is copied first, beside itself, when it is about to change.
    """
    settings = load_settings(data_dir=data)
    changed = prepare_data(settings)
    click.echo(f"The database {'now has' if changed else 'has'} revision {head_revision()}.")
