"""The outermost application: request ids, log lines, counts, and the last net for errors."""

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from pierhead.platform.web.dispatcher import Application, Dispatcher

Message = MutableMapping[str, Any]


async def answer_well(scope: Message, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def fail_at_once(scope: Message, receive: Any, send: Any) -> None:
    raise RuntimeError("secret detail")


async def fail_in_the_middle(scope: Message, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("secret detail")


async def say_nothing(scope: Message, receive: Any, send: Any) -> None:
    return


async def nothing() -> None:
    return


async def fail() -> None:
    raise RuntimeError("no database")


def make(*applications: tuple[str, Application], start: Any = nothing, stop: Any = nothing, log_requests: bool = True) -> Dispatcher:
    return Dispatcher(applications or (("", answer_well),), start=start, stop=stop, log_requests=log_requests)


def call(dispatcher: Dispatcher, path: str = "/", *, method: str = "GET", headers: Sequence[tuple[bytes, bytes]] = ()) -> list[Message]:
    """Every message of the answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": ("192.0.2.1", 1)}
    asyncio.run(dispatcher(scope, receive, send))
    return sent


def live(dispatcher: Dispatcher, *types: str) -> list[str]:
    waiting = [{"type": f"lifespan.{kind}"} for kind in types]
    sent: list[str] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message["type"])

    asyncio.run(dispatcher({"type": "lifespan"}, receive, send))
    return sent


def request_id(messages: list[Message]) -> str:
    (value,) = [value for name, value in messages[0]["headers"] if name == b"x-request-id"]
    return str(value.decode())


def test_the_first_prefix_that_fits_takes_the_request() -> None:
    dispatcher = make(("/v2", say_nothing), ("", answer_well))

    assert call(dispatcher, "/v2/x") == []
    assert call(dispatcher, "/other")[1]["body"] == b"/other"


def test_every_answer_has_a_request_id_of_its_own() -> None:
    dispatcher = make()
    ids = {request_id(call(dispatcher)) for _ in range(5)}

    assert len(ids) == 5
    assert all(len(value) == 32 for value in ids)


@pytest.mark.parametrize(
    ("sent", "kept"), [(b"abc123", True), (b"a" * 129, False), (b"a b", False), (b"a\nb", False), (b"", False), (b"\xe9", False)]
)
def test_the_id_of_a_proxy_is_kept_when_it_is_a_plain_one(sent: bytes, kept: bool) -> None:
    found = request_id(call(make(), headers=[(b"x-request-id", sent)]))

    assert (found == sent.decode("latin-1")) is kept


def test_an_unexpected_error_becomes_an_answer_without_its_details() -> None:
    with capture_logs() as lines:
        start, body = call(make(("", fail_at_once)))

    assert start["status"] == 500
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert b"secret detail" not in body["body"]
    failed, request = lines
    assert (failed["event"], failed["log_level"], failed["request_id"], failed["exc_info"]) == (
        "request failed",
        "error",
        request_id([start]),
        True,
    )
    assert (request["event"], request["status"]) == ("request", 500)


def test_an_error_in_the_middle_of_an_answer_breaks_it_off() -> None:
    with pytest.raises(RuntimeError, match="secret detail"), capture_logs():
        call(make(("", fail_in_the_middle)))


def test_each_request_is_one_log_line() -> None:
    with capture_logs() as lines:
        messages = call(make(), "/some/path", method="PUT")

    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "PUT",
        "path": "/some/path",
        "status": 200,
        "client": "192.0.2.1",
        "request_id": request_id(messages),
    }


def test_a_client_that_went_away_is_noted_and_log_lines_can_be_left_out() -> None:
    with capture_logs() as lines:
        call(make(("", say_nothing)))
        call(make(log_requests=False))

    assert [line["status"] for line in lines] == ["client gone"]


def test_requests_are_counted_by_route_method_and_status() -> None:
    def count(method: str) -> float:
        return REGISTRY.get_sample_value("pierhead_requests_total", {"route": "other", "method": method, "status": "200"}) or 0

    before, strange = count("GET"), count("OTHER")
    dispatcher = make()
    for method in ("GET", "GET", "BREW"):
        call(dispatcher, method=method)

    assert (count("GET") - before, count("OTHER") - strange) == (2, 1)
    assert REGISTRY.get_sample_value("quay_request_duration_seconds_count", {"route": "other", "method": "GET"}) >= 2  # type: ignore[operator]


def test_start_and_stop_follow_the_server() -> None:
    calls: list[str] = []

    async def start() -> None:
        calls.append("start")

    async def stop() -> None:
        calls.append("stop")

    assert live(make(start=start, stop=stop), "startup", "shutdown") == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert calls == ["start", "stop"]


def test_a_start_that_fails_is_told_to_the_server() -> None:
    with capture_logs() as lines:
        assert live(make(start=fail), "startup") == ["lifespan.startup.failed"]
    assert lines[0]["event"] == "start failed"
