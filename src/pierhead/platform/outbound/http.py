"""HTTP calls to other machines: guarded against private networks, bounded in time and in the size of the answer."""

import base64
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import httpcore2
import httpx2

from pierhead.platform.errors import Unavailable
from pierhead.platform.outbound.guard import OutboundGuard, OutboundRefused

Resolver = Callable[[str], Sequence[str]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT_FOR_STRANGERS = frozenset({"accept", "accept-language", "content-type", "user-agent"})
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (httpcore2.ConnectTimeout, "it could not be reached in time"),
    (httpcore2.TimeoutException, "it did not answer in time"),
    (httpcore2.LocalProtocolError, "the request has a header that HTTP does not allow"),
    (httpcore2.ProtocolError, "its answer is not HTTP"),
)


class OutboundLimits(Protocol):
    """The section `outbound` of the settings."""

    @property
    def allowed_hosts(self) -> tuple[str, ...]: ...

    @property
    def connect_seconds(self) -> float: ...

    @property
    def read_seconds(self) -> float: ...

    @property
    def total_seconds(self) -> float: ...

    @property
    def maximum_answer_bytes(self) -> int: ...


class OutboundFailed(Unavailable):
    """The other side could not be reached or did not answer properly. Names the host only: paths and headers may hold secrets."""

    message = "The other server could not be called."

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"The call to {host} failed: {reason}.", detail={"host": host, "reason": reason})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. Names of headers are in lower case; the body is as it came (compressed when the caller asked for that)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(host: str) -> Sequence[str]:
    """The addresses of a host, by the system's resolver (and its time limit). Raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class OutboundHttp:
    """The client. Every call has a connection of its own, so nothing is shared between threads.

    Proxies of the environment are not used: behind one, nobody could tell which address a call reaches.
    """

    def __init__(self, limits: OutboundLimits, *, resolver: Resolver = resolve, trust: ssl.SSLContext | None = None) -> None:
        """`trust` holds the authorities of servers' certificates; the system's without it. Raises ConfigurationError."""
        self._limits = limits
        self._guard = OutboundGuard(limits.allowed_hosts)
        self._resolver = resolver
        self._trust = trust

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        client_certificate: ssl.SSLContext | None = None,
        follow_redirects: int = 0,
    ) -> Answer:
        """Call and read the whole answer, whatever its status. Blocks up to `outbound.total_seconds`.

        `client_certificate` is a context with a loaded certificate chain; it then also says whom to trust. A user and password in the
        address become Basic authentication. At most `follow_redirects` redirects are followed, each checked like the first address; another
        origin gets neither credentials nor other special headers nor the client certificate. With 0 the redirect itself is the answer.

        Raises OutboundRefused and OutboundFailed.
        """
        deadline = time.monotonic() + self._limits.total_seconds
        call = _prepare(method, _parse(url), headers or {}, content)
        context = client_certificate
        for followed in range(follow_redirects + 1):
            answer = self._send(call, context, deadline)
            if answer.status not in _REDIRECTS or "location" not in answer.headers or follow_redirects == 0:
                return answer
            if followed < follow_redirects:
                target = _join(call.url, answer.headers["location"])
                context = context if _origin(target) == _origin(call.url) else None
                call = _redirect(call, answer.status, target)
        raise OutboundFailed(_host(call.url), f"it redirected more than {follow_redirects} times")

    def _send(self, call: httpx2.Request, context: ssl.SSLContext | None, deadline: float) -> Answer:
        host = _host(call.url)
        addresses = self._find_addresses(host)
        target = httpcore2.URL(scheme=call.url.raw_scheme, host=call.url.raw_host, port=call.url.port, target=call.url.raw_path)
        limits = self._limits
        extensions = {
            "timeout": {"connect": limits.connect_seconds, "read": limits.read_seconds, "write": limits.read_seconds},
            "sni_hostname": host.rstrip("."),
        }
        request = httpcore2.Request(call.method, target, headers=call.headers.raw, content=call.content or None, extensions=extensions)
        pool = httpcore2.ConnectionPool(
            ssl_context=context or self._trust or _system_trust(), network_backend=_CheckedNetwork(addresses, deadline)
        )
        try:
            with pool, closing(pool.handle_request(request)) as response:
                return Answer(response.status, _fold_headers(response.headers), self._read_body(host, response))
        except httpcore2.NetworkError as error:
            raise OutboundFailed(host, _describe(error)) from error
        except (httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            # The library's text may quote a header, so it is not carried on.
            raise OutboundFailed(host, next(reason for kind, reason in _REASONS if isinstance(error, kind))) from None

    def _find_addresses(self, host: str) -> Sequence[str]:
        """Look the host up, once, and check what was found: the connection is made to these addresses, not to the name."""
        try:
            addresses = self._resolver(host)
        except (OSError, UnicodeError) as error:
            raise OutboundFailed(host, "its name is not known") from error
        self._guard.require_allowed(host, addresses)
        return addresses

    def _read_body(self, host: str, response: httpcore2.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > self._limits.maximum_answer_bytes:
                raise OutboundFailed(host, f"its answer is larger than {self._limits.maximum_answer_bytes} bytes")
        return bytes(body)


class _CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, whatever the host's name leads to by now, and ends everything at the deadline."""

    def __init__(self, addresses: Sequence[str], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: httpcore2.NetworkError | httpcore2.TimeoutException = httpcore2.ConnectError("no address")
        for address in self._addresses:
            try:
                allowed = _bound(timeout, self._deadline, httpcore2.ConnectTimeout)
                return _BoundedStream(self._network.connect_tcp(address, port, allowed, local_address, socket_options), self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class _BoundedStream(httpcore2.NetworkStream):
    """A connection on which no step may last beyond the deadline, so that a trickle of bytes does not keep a call alive."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _bound(timeout, self._deadline, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _bound(timeout, self._deadline, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        allowed = _bound(timeout, self._deadline, httpcore2.ConnectTimeout)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, allowed), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _bound(timeout: float | None, deadline: float, error: type[httpcore2.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error
    return left if timeout is None else min(timeout, left)


def _parse(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        # The library's text quotes the address, which may hold a password.
        raise OutboundRefused("The address is not a web address.") from None
    if parsed.scheme not in {"http", "https"} or not parsed.raw_host or not 0 < _port(parsed) < 65536:
        raise OutboundRefused("The address must begin with http:// or https:// and name a host.")
    return parsed


def _join(base: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return _parse(str(base.join(location)))
    except httpx2.InvalidURL:
        raise OutboundRefused(f"The host {_host(base)} redirects to something that is not a web address.") from None


def _prepare(method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes | None) -> httpx2.Request:
    complete = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "pierhead"}
    if url.userinfo:
        credentials = f"{url.username}:{url.password}".encode()
        complete["authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    complete |= {name.lower(): value for name, value in headers.items()}
    # An answer ends the connection, which is used once.
    return httpx2.Request(method, url, headers=complete | {"connection": "close"}, content=content)


def _redirect(call: httpx2.Request, status: int, target: httpx2.URL) -> httpx2.Request:
    """The call that follows a redirect (RFC 9110 section 15.4)."""
    becomes_get = (status == 303 and call.method != "HEAD") or (status in {301, 302} and call.method == "POST")
    method, content = ("GET", None) if becomes_get else (call.method, call.content or None)
    dropped = {"host", "content-length", "transfer-encoding"} | ({"content-type"} if becomes_get else set())
    same = _origin(target) == _origin(call.url)
    kept = {name: value for name, value in call.headers.items() if name not in dropped and (same or name in _KEPT_FOR_STRANGERS)}
    return _prepare(method, target, kept, content)


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, _host(url), _port(url)


def _host(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _fold_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        folded[name] = f"{folded[name]}, {value}" if name in folded else value
    return folded


def _describe(error: httpcore2.NetworkError) -> str:
    """The system's own words, such as `Connection refused` or a complaint about a certificate."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return "the connection broke"


@cache
def _system_trust() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
