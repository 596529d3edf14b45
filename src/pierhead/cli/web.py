"""`pierhead web`: the web server without background work."""

from pathlib import Path

import click

from pierhead.cli.options import certificate_option, data_option, host_option, key_option, port_option, workers_option
from pierhead.cli.web_server import Listener, run_web_server
from pierhead.settings import load_settings


@click.command()
@data_option
@host_option
@port_option
@workers_option
@certificate_option
@key_option
def web(data: Path | None, host: str, port: int, workers: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Run the web server only; `pierhead worker` elsewhere does the background work on the same database and storage."""
    settings = load_settings(data_dir=data)
    listener = Listener(host, port, workers, tls_cert, tls_key)
    run_web_server(
        settings, listener, with_worker=False, announce=lambda: click.echo(f"Pierhead's web server is on {listener.url}", err=True)
    )
