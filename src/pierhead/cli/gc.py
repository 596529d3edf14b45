"""`pierhead gc`: run one round of the collector by hand, or tell what it would remove."""

from pathlib import Path

import click

from pierhead.app import build_collector_limits, build_core
from pierhead.cli.options import data_option
from pierhead.cli.preparation import prepare_data
from pierhead.platform.database import Database
from pierhead.registry.collector.orphans import remove_orphans
from pierhead.registry.collector.preview import Preview, preview_round
from pierhead.registry.collector.round import Round
from pierhead.registry.collector.sweep import Sweep
from pierhead.registry.model.collector import Reclaimed
from pierhead.settings import load_settings

_MIB = 1024 * 1024


@click.command("gc")
@data_option
@click.option("--dry-run", is_flag=True, help="Name what nothing needs any more, and change nothing.")
@click.option("--sweep", is_flag=True, help="First look at every row and every file, for what was let go of without a note.")
def gc(data: Path | None, dry_run: bool, sweep: bool) -> None:
    """Remove what no tag needs any more and whose grace is over; the server may run meanwhile.

    A server does the same all the time. `--dry-run` names what is due and all that goes in its wake, grace after grace; what is in a
    grace or a hold already is left out.
    """
    settings = load_settings(data_dir=data)
    prepare_data(settings)
    core = build_core(settings)
    try:
        if dry_run:
            _show(core.database)
            return
        limits = build_collector_limits(settings)
        orphans = Reclaimed()
        if sweep:
            Sweep(core.database, limits, check=_go_on).run()
            orphans = remove_orphans(core.database, core.blobs, limits, check=_go_on)
        _tell(Round(core.database, core.blobs, limits).run().plus(orphans))
    finally:
        core.close()


def _go_on() -> None:
    """Nobody stops a command but by a signal."""


def _show(database: Database) -> None:
    found = database.read_now(preview_round)
    for tag in found.tags:
        click.echo(f"tag       {tag.repository}:{tag.name}")
    for manifest in found.manifests:
        click.echo(f"manifest  {manifest.repository}@{manifest.sha256}")
    for blob in found.blobs:
        click.echo(f"blob      {blob.sha256}  {_size(blob.size_bytes)}")
    click.echo(_summary(found))


def _summary(found: Preview) -> str:
    waiting = f", {found.waiting} copies whose row is gone" if found.waiting else ""
    return (
        f"{len(found.tags)} ended tags, {len(found.manifests)} manifests, {len(found.blobs)} blobs{waiting}: "
        f"{_size(found.total_bytes)} would be freed"
    )


def _tell(done: Reclaimed) -> None:
    click.echo(f"removed {done.tags} ended tags, {done.manifests} manifests, {done.blobs} blobs; freed {_size(done.freed_bytes)}")
    if done.orphans:
        click.echo(f"removed {done.orphans} files that no row named: {_size(done.orphan_bytes)}")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / _MIB:.1f} MiB ({size_bytes} bytes)"
