"""`pierhead serve`: everything in one."""

from pathlib import Path

import click

from pierhead.cli.options import certificate_option, data_option, host_option, key_option, port_option, workers_option
from pierhead.cli.web_server import Listener, run_web_server
from pierhead.settings import Settings, load_settings


@click.command()
@data_option
@host_option
@port_option
@workers_option
@certificate_option
@key_option
def serve(data: Path | None, host: str, port: int, workers: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Run the web server and the background work.

    Brings the database up to date first, so that the first start and every upgrade are just this command. Stop it with Ctrl-C
    or SIGTERM: running requests are finished first.
    """
    settings = load_settings(data_dir=data)
    listener = Listener(host, port, workers, tls_cert, tls_key)
    run_web_server(settings, listener, with_worker=True, announce=lambda: _announce(settings, listener))


def _announce(settings: Settings, listener: Listener) -> None:
    where = "PostgreSQL" if settings.database.url else "SQLite"
    address = settings.public_url or listener.url
    registry = address.split("://", 1)[1]
    click.echo(
        f"""
Pierhead serves on {address}
Data lies in {settings.data_dir.absolute()} ({where})

Next:
  pierhead user create ada --email ada@example.com --superuser{"" if settings.data_dir == Path("var") else f" --data {settings.data_dir}"}
  docker login {registry}
  docker push {registry}/ada/hello
""",
        err=True,
    )
