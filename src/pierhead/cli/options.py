"""Options that several commands share."""

from pathlib import Path

import click

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the database, blobs and keys.  [default: var, or PIERHEAD_DATA_DIR]",
)
host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is every address of the machine."
)
port_option = click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
workers_option = click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that answer requests.")
certificate_option = click.option(
    "--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Certificate chain (PEM), to serve HTTPS."
)
key_option = click.option(
    "--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Private key (PEM) of the certificate."
)
