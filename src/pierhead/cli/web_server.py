"""Run the web server: one process, or several behind one socket."""

import contextlib
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from pierhead.app import WebApplication, build_core, build_worker
from pierhead.cli.preparation import prepare_data
from pierhead.platform.errors import ConfigurationError
from pierhead.platform.memory import limit_arenas
from pierhead.platform.web.direct_bodies import DirectProtocol
from pierhead.platform.web.logs import configure_logs
from pierhead.settings import Settings, load_settings

_BACKLOG = 2048
_DEAD_PEER_SECONDS = 120
_LOOK_SECONDS = 0.05
_WITH_WORKER = "PIERHEAD_SERVE_WITH_WORKER"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and with how many processes."""

    host: str
    port: int
    workers: int = 1
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @property
    def url(self) -> str:
        """The address for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_certificate else 'http'}://{host}:{self.port}"


def run_web_server(settings: Settings, listener: Listener, *, with_worker: bool, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. Running requests then get `web.drain_seconds`; a second signal ends at once."""
    if (listener.tls_certificate is None) != (listener.tls_key is None):
        raise ConfigurationError("A certificate and its key go together: give both --tls-cert and --tls-key.")
    prepare_data(settings)
    with contextlib.closing(_bind(listener)) as bound:
        if listener.workers == 1:
            _run_one(settings, listener, bound, with_worker=with_worker, announce=announce)
        else:
            _run_several(settings, listener, bound, with_worker=with_worker, announce=announce)


def _bind(listener: Listener) -> socket.socket:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit these: a client that vanished without a word gives its upload back after two minutes.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _DEAD_PEER_SECONDS // 2)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _DEAD_PEER_SECONDS // 8)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_SECONDS * 1000)
    try:
        bound.bind((listener.host, listener.port))
    except OSError as error:
        bound.close()
        raise ConfigurationError(
            f"Cannot listen on {listener.host}:{listener.port}: {error.strerror}. Choose another with --host and --port."
        ) from error
    bound.set_inheritable(True)
    return bound


def _run_one(settings: Settings, listener: Listener, bound: socket.socket, *, with_worker: bool, announce: Callable[[], None]) -> None:
    limit_arenas()
    configure_logs(settings.log.format, settings.log.level)
    core = build_core(settings)
    application = WebApplication(core, worker=build_worker(core) if with_worker else None, on_start=announce)
    server = uvicorn.Server(_config(settings, listener, application.asgi))
    _end_quietly()
    server.run(sockets=[bound])


def _run_several(settings: Settings, listener: Listener, bound: socket.socket, *, with_worker: bool, announce: Callable[[], None]) -> None:
    # The processes are started anew and read their settings from the environment.
    os.environ["PIERHEAD_DATA_DIR"] = str(settings.data_dir)
    os.environ[_WITH_WORKER] = "1" if with_worker else ""
    figures = settings.data_dir / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    config = _config(settings, listener, "pierhead.cli.web_server:create_application", factory=True)
    threading.Thread(target=_announce_when_ready, args=(_ready_mark(settings), announce), daemon=True).start()
    Multiprocess(config, sockets=[bound]).run()


def _end_quietly() -> None:
    """After a clean stop the server raises its signal again; that shall not make the process look killed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)


def _ready_mark(settings: Settings) -> Path:
    return settings.data_dir / "metrics" / "ready"


def _announce_when_ready(mark: Path, announce: Callable[[], None]) -> None:
    while not mark.exists():
        time.sleep(_LOOK_SECONDS)
    announce()


def create_application() -> Callable[..., Any]:
    """The application of one of several processes, with the settings of the environment."""
    settings = load_settings()
    limit_arenas()
    configure_logs(settings.log.format, settings.log.level)
    core = build_core(settings)
    worker = build_worker(core) if os.environ.get(_WITH_WORKER) else None
    return WebApplication(core, worker=worker, on_start=_ready_mark(settings).touch).asgi


def _config(settings: Settings, listener: Listener, application: Any, **more: Any) -> uvicorn.Config:
    options: MutableMapping[str, Any] = {
        "loop": "uvloop",
        "http": DirectProtocol,
        "ws": "none",
        "lifespan": "on",
        "interface": "asgi3",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "date_header": True,
        "workers": listener.workers,
        "backlog": _BACKLOG,
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": settings.web.drain_seconds,
        # The application does it: it believes proxies about the host too.
        "proxy_headers": False,
        "ssl_certfile": str(listener.tls_certificate) if listener.tls_certificate else None,
        "ssl_keyfile": str(listener.tls_key) if listener.tls_key else None,
    }
    return uvicorn.Config(application, **options, **more)
