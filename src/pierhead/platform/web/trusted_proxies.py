"""Believes what a trusted proxy says about the request that it passes on: the client's address, the scheme and the host."""

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_FORWARDED = b"x-forwarded-"
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class TrustedProxies:
    """Passes requests on to an application. Headers of other addresses change nothing."""

    def __init__(self, application: Any, addresses: Sequence[str]) -> None:
        """`addresses` may be networks too; `*` alone trusts everybody."""
        self._application: Application = application
        # Its trust and its reading of X-Forwarded-For and X-Forwarded-Proto are those of the server itself.
        self._by_proxy = ProxyHeadersMiddleware(application, list(addresses))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        client = scope.get("client")
        if not client or scope["type"] != "http" or client[0] not in self._by_proxy.trusted_hosts:
            await self._application(scope, receive, send)
            return
        forwarded = [(name, value) for name, value in scope["headers"] if name.startswith(_FORWARDED)]
        if not forwarded:
            await self._application(scope, receive, send)
            return
        host = _forwarded_host(forwarded)
        if host is not None:
            scope["headers"] = [*((name, value) for name, value in scope["headers"] if name != b"host"), (b"host", host)]
        await self._by_proxy(scope, receive, send)  # type: ignore[arg-type]  # its types name every kind of scope


def _forwarded_host(headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """The host that the nearest proxy was asked for; what stands before it in the header may come from the client."""
    values = [value for name, value in headers if name == b"x-forwarded-host"]
    host = values[-1].rpartition(b",")[2].strip() if values else b""
    return host if _HOST.fullmatch(host) else None
