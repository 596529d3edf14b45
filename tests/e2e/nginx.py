"""An nginx of the test run's own in front of the server, with and without TLS."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import trustme

from tests.services.postgres import free_port
from tests.services.tools import require_tool

_POLL_SECONDS = 0.02
_START_SECONDS = 20.0

_CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{plain_port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.pem;
        client_max_body_size 0;
        location / {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


class Nginx:
    """A reverse proxy as an operator would set it up."""

    def __init__(self, upstream: str) -> None:
        self._program = require_tool("nginx", package="Debian: nginx-light")
        self.folder = Path(tempfile.mkdtemp(prefix="phn-", dir="/tmp"))
        self._plain_port, self._tls_port = free_port(), free_port()
        authority = trustme.CA()
        authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(self.folder / "server.pem"))
        self.authority_folder = self.folder / "authority"
        self.authority_folder.mkdir()
        authority.cert_pem.write_to_path(str(self.authority_folder / "ca.crt"))
        configuration = _CONFIGURATION.format(folder=self.folder, upstream=upstream, plain_port=self._plain_port, tls_port=self._tls_port)
        (self.folder / "nginx.conf").write_text(configuration)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port without TLS."""
        return f"127.0.0.1:{self._plain_port}"

    @property
    def tls_address(self) -> str:
        """Host and port with TLS, by the authority in `authority_folder`."""
        return f"127.0.0.1:{self._tls_port}"

    def start(self) -> None:
        """Start it; returns when both ports listen."""
        log = self.folder / "error.log"
        command = [str(self._program), "-e", str(log), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + _START_SECONDS
        while not (_listens(self._plain_port) and _listens(self._tls_port)):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nginx did not start\n{log.read_text(errors='replace') if log.exists() else ''}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop it at once, and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
