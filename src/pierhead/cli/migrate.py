"""`pierhead migrate`: bring the database up to date."""

from pathlib import Path

import click

from pierhead.cli.options import data_option
from pierhead.platform.database.migrations import head_revision, upgrade
from pierhead.settings import load_settings


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to this version's schema. `pierhead serve` does the same when it starts.

    A SQLite file is copied first, beside itself, when it is about to change.
    """
    settings = load_settings(data_dir=data)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    changed = upgrade(settings.database_url)
    click.echo(f"The database {'now has' if changed else 'has'} revision {head_revision()}.")
