"""Outgoing HTTP calls against real servers on this machine."""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence

import pytest
import trustme

from pierhead.platform.outbound.guard import OutboundRefused
from pierhead.platform.outbound.http import OutboundFailed, OutboundHttp
from pierhead.settings import OutboundSettings
from tests.platform.outbound.servers import Server, running_server

LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


class Lookups:
    """A resolver that gives every host the same addresses, or others from the second time on, and remembers the hosts."""

    def __init__(self, *addresses: str, then: str | None = None) -> None:
        self._addresses = addresses
        self._then = then
        self.hosts: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.hosts.append(host)
        return [self._then] if self._then and len(self.hosts) > 1 else self._addresses


def client(*allowed: str, **limits: float) -> OutboundHttp:
    """A client that resolves every name to 127.0.0.1."""
    settings = OutboundSettings.model_validate({"allowed_hosts": allowed, **limits})
    return OutboundHttp(settings, resolver=Lookups("127.0.0.1"))


def test_a_call_brings_status_headers_and_body(server: Server) -> None:
    answer = client(*LOOPBACK).request("POST", server.url("/teapot?a=b"), headers={"X-Token": "t"}, content=b"ping")
    assert client(*LOOPBACK).request("HEAD", server.url()).body == b""

    assert (answer.status, answer.body, answer.headers["x-two"]) == (200, b"hello", "one, two")
    asked = server.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/teapot?a=b", b"ping")
    assert asked.headers["X-Token"] == "t"
    assert asked.headers["Host"] == f"127.0.0.1:{server.port}"


def test_an_answer_that_says_no_is_an_answer(server: Server) -> None:
    assert client(*LOOPBACK).request("GET", server.url("/teapot")).status == 418


def test_a_private_address_is_refused_and_nothing_is_sent(server: Server) -> None:
    for host in ("127.0.0.1", "localhost", "hook.test", "2130706433", "0x7f.1"):
        with pytest.raises(OutboundRefused):
            OutboundHttp(OutboundSettings(), resolver=Lookups("127.0.0.1")).request("GET", server.url(host=host))
    with pytest.raises(OutboundRefused):
        OutboundHttp(OutboundSettings()).request("GET", server.url(host="localhost"))
    assert server.asked == []


def test_a_private_host_may_be_called_when_its_name_is_allowed(server: Server) -> None:
    assert client("hook.test").request("GET", server.url(host="hook.test")).status == 200
    with pytest.raises(OutboundRefused):
        client("hook.test").request("GET", server.url(host="other.test"))


def test_a_private_host_may_be_called_when_its_network_is_allowed(server: Server) -> None:
    assert OutboundHttp(OutboundSettings(allowed_hosts=LOOPBACK)).request("GET", server.url()).status == 200
    with pytest.raises(OutboundRefused):
        client("10.0.0.0/8").request("GET", server.url())


def test_a_name_is_looked_up_once_and_the_call_goes_to_the_checked_address(server: Server) -> None:
    lookups = Lookups("127.0.0.1")
    outbound = OutboundHttp(OutboundSettings(allowed_hosts=("127.0.0.1",)), resolver=lookups)
    assert outbound.request("GET", server.url(host="rebind.test")).status == 200
    assert lookups.hosts == ["rebind.test"]
    assert server.asked[0].headers["Host"] == f"rebind.test:{server.port}"


def test_a_name_that_leads_elsewhere_on_the_next_call_is_checked_again(server: Server) -> None:
    server.redirects = {"/old": (302, "/new")}
    lookups = Lookups("127.0.0.1", then="127.0.0.2")
    outbound = OutboundHttp(OutboundSettings(allowed_hosts=("127.0.0.1",)), resolver=lookups)
    with pytest.raises(OutboundRefused):
        outbound.request("GET", server.url("/old", host="rebind.test"), follow_redirects=1)
    assert [asked.path for asked in server.asked] == ["/old"]


def test_the_next_address_is_tried_when_one_does_not_answer(server: Server) -> None:
    outbound = OutboundHttp(OutboundSettings(allowed_hosts=LOOPBACK), resolver=Lookups("127.0.0.77", "127.0.0.1"))
    assert outbound.request("GET", server.url()).status == 200


def test_a_redirect_is_the_answer_unless_following_was_asked(server: Server) -> None:
    server.redirects = {"/old": (302, "/new")}
    assert client(*LOOPBACK).request("GET", server.url("/old")).headers["location"] == "/new"
    assert client(*LOOPBACK).request("GET", server.url("/old"), follow_redirects=1).status == 200
    assert [asked.path for asked in server.asked] == ["/old", "/old", "/new"]


def test_a_redirect_to_a_private_address_is_refused(server: Server) -> None:
    server.redirects = {"/old": (302, server.url("/new", host="inside.test")), "/file": (302, "file:///etc/passwd")}
    for path in ("/old", "/file"):
        with pytest.raises(OutboundRefused):
            client("hook.test").request("GET", server.url(path, host="hook.test"), follow_redirects=3)
    assert [asked.path for asked in server.asked] == ["/old", "/file"]


def test_a_circle_of_redirects_ends(server: Server) -> None:
    server.redirects = {"/a": (302, "/b"), "/b": (302, "/a")}
    with pytest.raises(OutboundFailed, match="more than 3 times"):
        client(*LOOPBACK).request("GET", server.url("/a"), follow_redirects=3)
    assert len(server.asked) == 4


def test_credentials_stay_with_their_own_host(server: Server) -> None:
    server.redirects = {"/same": (307, "/end"), "/other": (307, server.url("/end", host="other.test"))}
    secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Token": "t"}
    for path in ("/same", "/other"):
        client(*LOOPBACK).request("POST", server.url(path), headers=secrets, content=b"ping", follow_redirects=1)
    same, other = (asked for asked in server.asked if asked.path == "/end")
    assert {name: same.headers[name] for name in secrets} == secrets
    assert not any(name in other.headers for name in secrets)
    assert (same.method, same.body) == (other.method, other.body) == ("POST", b"ping")


@pytest.mark.parametrize("status, method", [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirected_post_keeps_or_drops_its_body_as_the_status_says(server: Server, status: int, method: str) -> None:
    server.redirects = {"/old": (status, "/new")}
    client(*LOOPBACK).request("POST", server.url("/old"), headers={"Content-Type": "text/plain"}, content=b"ping", follow_redirects=1)
    asked = server.asked[1]
    assert (asked.method, asked.body) == (method, b"ping" if method == "POST" else b"")
    assert ("Content-Type" in asked.headers) == (method == "POST")


def test_a_user_and_password_in_the_address_become_basic_authentication(server: Server) -> None:
    client(*LOOPBACK).request("GET", f"http://us%40er:pass@127.0.0.1:{server.port}/")
    assert server.asked[0].headers["Authorization"] == "Basic dXNAZXI6cGFzcw=="


@pytest.mark.parametrize(
    "path, limits", [("/silent", {"read_seconds": 0.2}), ("/silent", {"total_seconds": 0.2}), ("/trickle", {"total_seconds": 0.3})]
)
def test_a_slow_answer_is_given_up(server: Server, path: str, limits: dict[str, float]) -> None:
    begun = time.monotonic()
    with pytest.raises(OutboundFailed, match="did not answer in time"):
        client(*LOOPBACK, **limits).request("GET", server.url(path))
    assert time.monotonic() - begun < 10


def test_a_large_answer_is_given_up_at_the_limit(server: Server) -> None:
    with pytest.raises(OutboundFailed, match="larger than 100000 bytes"):
        client(*LOOPBACK, maximum_answer_bytes=100_000).request("GET", server.url("/endless"))


def test_a_server_that_is_not_there_fails_with_the_reason() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(OutboundFailed, match="refused"):
            client(*LOOPBACK).request("GET", f"http://127.0.0.1:{unused.getsockname()[1]}/")


def test_a_name_that_is_not_known_fails() -> None:
    with pytest.raises(OutboundFailed, match="not known"):
        OutboundHttp(OutboundSettings()).request("GET", "http://does-not-exist.invalid/")


@pytest.mark.parametrize(
    "url", ["", "hook.test", "ftp://hook.test/", "file:///etc/passwd", "http:///path", "http://a\nb/", "http://a:99999/"]
)
def test_what_is_not_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(OutboundRefused):
        client(*LOOPBACK).request("GET", url)


def test_errors_never_quote_secrets(server: Server) -> None:
    url = f"http://user:s3cret@127.0.0.1:{server.port}/s3cret?token=s3cret"
    attempts = [
        (OutboundHttp(OutboundSettings()), url, {}),
        (client(*LOOPBACK), url, {"X-Token": "s3cret\r\nX-Other: 1"}),
        (client(*LOOPBACK), "http://user:s3cret@a\nb/", {}),
    ]
    for outbound, address, headers in attempts:
        with pytest.raises((OutboundRefused, OutboundFailed)) as caught:
            outbound.request("GET", address, headers=headers)
        assert "s3cret" not in f"{caught.value} {caught.value.detail}"
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert server.asked == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[Server]:
    """A server for `hook.test` that asks for a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hook.test").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with running_server(context) as running:
        yield running


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    authority.issue_cert("pierhead.test").configure_cert(context)
    return context


def test_a_client_certificate_is_shown_and_the_server_is_known_by_its_name(tls_server: Server, authority: trustme.CA) -> None:
    url = tls_server.url(host="hook.test", scheme="https")
    answer = client(*LOOPBACK).request("POST", url, content=b"ping", client_certificate=client_context(authority))
    assert (answer.status, tls_server.asked[0].body) == (200, b"ping")


def test_without_the_client_certificate_the_server_hangs_up(tls_server: Server, authority: trustme.CA) -> None:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    outbound = OutboundHttp(OutboundSettings(allowed_hosts=LOOPBACK), resolver=Lookups("127.0.0.1"), trust=trust)
    with pytest.raises(OutboundFailed):
        outbound.request("GET", tls_server.url(host="hook.test", scheme="https"))
    assert tls_server.asked == []


def test_a_server_under_another_name_or_of_a_strange_authority_is_not_trusted(tls_server: Server, authority: trustme.CA) -> None:
    for host, context in (("other.test", client_context(authority)), ("hook.test", None)):
        with pytest.raises(OutboundFailed, match="certificate is not trusted"):
            client(*LOOPBACK).request("GET", tls_server.url(host=host, scheme="https"), client_certificate=context)
    assert tls_server.asked == []


def test_the_client_certificate_is_not_shown_to_the_target_of_a_redirect(tls_server: Server, authority: trustme.CA) -> None:
    tls_server.redirects = {"/old": (302, tls_server.url("/new", host="other.test", scheme="https"))}
    url = tls_server.url("/old", host="hook.test", scheme="https")
    with pytest.raises(OutboundFailed, match=r"other\.test"):
        client(*LOOPBACK).request("GET", url, client_certificate=client_context(authority), follow_redirects=1)
    assert [asked.path for asked in tls_server.asked] == ["/old"]
