"""What a proxy says about a request is believed when the proxy is trusted, and only then."""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest

from pierhead.platform.web.trusted_proxies import TrustedProxies

_PROXY = "10.1.2.3"
_SAID = {"x-forwarded-host": "registry.example.com", "x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.9"}


def pass_on(
    headers: Mapping[str, str], *, address: str | None = _PROXY, trusted: tuple[str, ...] = ("10.0.0.0/8",)
) -> tuple[str, str, Any]:
    """(host, scheme, client's address) as the application sees them."""
    seen: list[tuple[str, str, Any]] = []

    async def application(scope: MutableMapping[str, Any], _receive: Any, _send: Any) -> None:
        hosts = [value.decode() for name, value in scope["headers"] if name == b"host"]
        seen.append((",".join(hosts), scope["scheme"], scope["client"] and scope["client"][0]))

    scope = {
        "type": "http",
        "scheme": "http",
        "client": None if address is None else (address, 40000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in {"host": "inner:8080", **headers}.items()],
    }

    async def run() -> None:
        await TrustedProxies(application, trusted)(scope, None, None)

    asyncio.run(run())
    return seen[0]


@pytest.mark.parametrize("trusted", [("10.1.2.3",), ("10.0.0.0/8",), ("*",), ("127.0.0.1", "10.1.2.3")])
def test_a_trusted_proxy_is_believed(trusted: tuple[str, ...]) -> None:
    assert pass_on(_SAID, trusted=trusted) == ("registry.example.com", "https", "198.51.100.9")


@pytest.mark.parametrize("address", ["10.1.2.3", "198.51.100.1", "unix", None])
def test_anybody_else_is_not(address: str | None) -> None:
    assert pass_on(_SAID, address=address, trusted=("127.0.0.1", "::1")) == ("inner:8080", "http", address)


def test_a_proxy_that_says_nothing_changes_nothing() -> None:
    assert pass_on({}) == ("inner:8080", "http", _PROXY)
    assert pass_on({"x-forwarded-proto": "https"}) == ("inner:8080", "https", _PROXY)


def test_of_several_hosts_the_nearest_proxys_counts() -> None:
    """What stands before it may be the client's own invention."""
    assert pass_on({"x-forwarded-host": "evil.example.net, registry.example.com:8443"})[0] == "registry.example.com:8443"


@pytest.mark.parametrize("host", ["", ",", "a b", 'a"b', "a/b", "user@host", "h:port", "é", "[::1", "x" * 300, "a\r\nb"])
def test_what_is_no_host_is_ignored(host: str) -> None:
    assert pass_on({"x-forwarded-host": host})[0] == "inner:8080"


def test_an_address_may_stand_for_a_host() -> None:
    for host in ("192.0.2.1:5000", "[2001:db8::1]", "[2001:db8::1]:5000"):
        assert pass_on({"x-forwarded-host": host})[0] == host
