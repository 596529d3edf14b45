"""What pages of other origins may ask of the management API from a browser (api-v1, section 3.7)."""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

Header = tuple[bytes, bytes]

ANY_ORIGIN = "*"
_METHODS = b"GET, HEAD, OPTIONS, POST, DELETE, PUT"
_TOKEN_HEADERS = b"Authorization, Content-Type, X-Requested-With"
_SESSION_HEADERS = _TOKEN_HEADERS + b", X-CSRF-Token"
_EXPOSED = b"X-Next-CSRF-Token"
_API = "/api/v1"
_SESSION_PATHS = frozenset({"/config", "/csrf_token"})
_ANSWER = b"null"


class CrossOrigin:
    """Answers preflights, and adds what browsers ask for to every answer of the API, `/config` and `/csrf_token`.

    A listed origin may use the session of whoever sits in front of the browser; `*` lets everybody call, and nobody with a session.
    """

    def __init__(self, application: Callable[..., Awaitable[None]], origins: Collection[str]) -> None:
        self._application = application
        self._origins = frozenset(origin.rstrip("/").encode("latin-1", "replace") for origin in origins if origin != ANY_ORIGIN)
        self._everybody = ANY_ORIGIN in origins

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "").rstrip("/")
        if scope["type"] != "http" or not (path in _SESSION_PATHS or path == _API or path.startswith(_API + "/")):
            await self._application(scope, receive, send)
            return
        added = self._find_headers(scope, path)
        if scope["method"] == "OPTIONS":
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER)), *added]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": _ANSWER})
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._application(scope, receive, send_with_headers if added else send)

    def _find_headers(self, scope: MutableMapping[str, Any], path: str) -> list[Header]:
        if not self._origins and not self._everybody:
            return []
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        headers: list[Header] = [(b"vary", b"Origin")] if self._origins else []
        if origin is not None and origin in self._origins:
            headers += _allow(origin, _SESSION_HEADERS)
            headers += [(b"access-control-allow-credentials", b"true"), (b"access-control-expose-headers", _EXPOSED)]
        elif self._everybody and path not in _SESSION_PATHS:
            headers += _allow(ANY_ORIGIN.encode(), _TOKEN_HEADERS)
        return headers


def _allow(origin: bytes, headers: bytes) -> list[Header]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", headers),
    ]
