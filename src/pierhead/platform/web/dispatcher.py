"""The outermost ASGI application: a request id, one log line and one count for each request, and the last net for errors."""

import os
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import structlog

from pierhead.platform.web.metrics import RequestMetrics

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = Callable[[], Awaitable[None]]

_REQUEST_ID = b"x-request-id"
_LONGEST_ID = 128
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_FAILURE = b'{"errors":[{"code":"UNKNOWN","message":"Something went wrong in the server; the log has the details under the request id.","detail":{}}]}'
_log = structlog.get_logger("pierhead.request")


class Dispatcher:
    """Sends each request to the application of its path prefix, in the order given; the last one takes the rest."""

    def __init__(
        self, applications: Sequence[tuple[str, Application]], *, start: Lifespan, stop: Lifespan, log_requests: bool = True
    ) -> None:
        self._applications = tuple(applications)
        self._start = start
        self._stop = stop
        self._log_requests = log_requests
        self._metrics = RequestMetrics()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        header = (_REQUEST_ID, request_id.encode("latin-1"))
        status = 0

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        prefix, application = self._find(scope["path"])
        try:
            await application(scope, receive, send_with_id)
        except Exception:
            _log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if status == 0:
                await _send_failure(send_with_id)
            else:
                # The answer has begun, so only breaking the connection off tells the client that it is not whole.
                raise
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._metrics.record(prefix or "other", method, status, seconds)
            if self._log_requests:
                _log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status or "client gone",
                    milliseconds=round(seconds * 1000, 2),
                    client=scope["client"][0] if scope.get("client") else None,
                    request_id=request_id,
                )

    def _find(self, path: str) -> tuple[str, Application]:
        for prefix, application in self._applications:
            if path.startswith(prefix):
                return prefix, application
        raise AssertionError("the last application has the empty prefix")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._start()
                except Exception as error:
                    _log.exception("start failed")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _request_id(scope: Scope) -> str:
    """The id that a proxy gave, when it is a plain one; else a new one."""
    for name, value in scope["headers"]:
        if name == _REQUEST_ID and len(value) <= _LONGEST_ID and value.isalnum():
            return str(value.decode("ascii", "ignore"))
    return os.urandom(16).hex()


async def _send_failure(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_FAILURE))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": _FAILURE})
