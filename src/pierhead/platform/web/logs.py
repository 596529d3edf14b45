"""Structured logs on stderr: text for people, one JSON object a line for machines."""

import atexit
import contextlib
import logging
import sys
import threading
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.typing import Processor

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _NextLine(threading.local):
    """What a thread has announced about the line it writes next."""

    is_urgent = False


class GatheredOutput:
    """A text stream that hands its lines on a few times a second, so that a busy server does not make a system call for each of them.

    A line that must not be lost is announced by `hurry`. A process that is killed loses the other lines of its last moment.
    """

    def __init__(self, target: TextIO, *, every_seconds: float = 0.2) -> None:
        self._target = target
        self._every_seconds = every_seconds
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._waiting = threading.Event()
        self._next = _NextLine()
        threading.Thread(target=self._drain_now_and_then, name="logs", daemon=True).start()
        atexit.register(self.drain)

    def write(self, text: str) -> None:
        """Keep the text for a moment."""
        self._lines.append(text)
        if self._next.is_urgent:
            self._next.is_urgent = False
            self.drain()
        elif not self._waiting.is_set():
            self._waiting.set()

    def hurry(self) -> None:
        """Hand on the next line of this thread at once, behind everything that waits."""
        self._next.is_urgent = True

    def flush(self) -> None:
        """Nothing: whoever writes a line asks for it each time."""

    def drain(self) -> None:
        """Hand on what waits. It is lost where it cannot be written."""
        with self._lock:
            lines, self._lines = self._lines, []
            # A full disk or a closed pipe must not stop the server, and there is no place left to tell of it.
            with contextlib.suppress(OSError):
                if lines:
                    self._target.write("".join(lines))
                    self._target.flush()

    def _drain_now_and_then(self) -> None:
        while True:
            self._waiting.wait()
            time.sleep(self._every_seconds)
            self._waiting.clear()
            self.drain()


def configure_logs(log_format: str, level: str) -> None:
    """Set structlog up for this process; `auto` writes text on a terminal and JSON elsewhere. Libraries' warnings go the same way."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    output = GatheredOutput(sys.stderr)

    def hurry_errors(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if method not in ("debug", "info"):
            # It may be the last line of this process.
            output.hurry()
        return event

    structlog.configure(
        processors=[
            _add_level,
            _add_time,
            structlog.processors.format_exc_info,
            hurry_errors,
            _render_json if as_json else _text_renderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, output)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=max(_LEVELS[level], logging.WARNING), format="%(levelname)s %(name)s: %(message)s", force=True
    )


def _text_renderer() -> Processor:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _add_level(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["level"] = method
    return event


def _add_time(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event


def _render_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
