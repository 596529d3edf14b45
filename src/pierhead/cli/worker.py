"""`pierhead worker`: the background work without the web server."""

import signal
import threading
from pathlib import Path

import click

from pierhead.app import build_core, build_worker
from pierhead.cli.options import data_option
from pierhead.cli.preparation import prepare_data
from pierhead.platform.web.logs import configure_logs
from pierhead.settings import load_settings


@click.command()
@data_option
def worker(data: Path | None) -> None:
    """Run the background work only. Several workers, also on several machines, share it by leases in the database."""
    settings = load_settings(data_dir=data)
    configure_logs(settings.log.format, settings.log.level)
    prepare_data(settings)
    core = build_core(settings)
    running = build_worker(core)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    running.start()
    click.echo("Pierhead's worker runs. Stop it with Ctrl-C or SIGTERM.", err=True)
    ended.wait()
    running.stop(settings.web.drain_seconds)
    core.close()
