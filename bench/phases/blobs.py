"""Phases about blobs: pushes and pulls of a big one, small ones, mounts."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote

from bench.content import ACCEPT, digest_of
from bench.errors import UnexpectedAnswer
from bench.measuring import Measurement, with_latencies
from bench.phases.rates import measure_head
from bench.session import OCTETS, Session
from bench.targets import Caller
from bench.wire import Answer, Connection, Endpoint, path_of, with_digest

MEGABYTE = 1_000_000
REDIRECTS = (301, 302, 303, 307, 308)
STREAMS = 8


def push_streamed(session: Session) -> Measurement:
    """POST, one PATCH in chunks of 32 KiB as Docker's client sends, PUT."""
    digest = session.big.renew()
    final_seconds = 0.0

    def work() -> float:
        nonlocal final_seconds
        with session.caller.connect() as connection:
            path = _open_upload(session.caller, connection)
            connection.send(session.caller.request("PATCH", path, Content_Type=OCTETS, Transfer_Encoding="chunked"))
            connection.send_file(session.big.chunked)
            patched = connection.read_answer().require(202)
            started = time.perf_counter()
            end = with_digest(patched.location or path, digest)
            connection.ask(session.caller.request("PUT", end, length=0)).require(201)
            final_seconds = time.perf_counter() - started
        return session.big.size / MEGABYTE

    measurement = session.meter.measure("MB", work)
    session.big_digest = digest
    return replace(measurement, notes={"final_put_ms": final_seconds * 1e3})


def push_monolithic(session: Session) -> Measurement:
    """POST, one PUT with the whole body."""
    digest = session.big.renew()

    def work() -> float:
        _push_whole(session, digest)
        return session.big.size / MEGABYTE

    measurement = session.meter.measure("MB", work)
    session.big_digest = digest
    return measurement


def pull_one(session: Session) -> Measurement:
    """GET of the big blob over one connection."""
    return _measure_pull(session, 1)


def pull_many(session: Session) -> Measurement:
    """GET of the big blob over eight connections at once."""
    return _measure_pull(session, STREAMS)


def push_small(session: Session) -> Measurement:
    """New blobs of 4 KiB, POST and PUT each."""
    return session.push_small_blobs(session.load.blobs)


def get_small(session: Session) -> Measurement:
    """GET of a blob of 4 KiB."""
    return session.measure_get(session.caller.path(f"blobs/{digest_of(session.image().layer)}"))


def head_small(session: Session) -> Measurement:
    """HEAD of a blob of 4 KiB."""
    return measure_head(session, session.caller.path(f"blobs/{digest_of(session.image().layer)}"))


def mount(session: Session) -> Measurement:
    """Mounts of blobs that the other repository does not have yet, over one connection."""
    count = session.load.mounts
    if len(session.mountable) < count:
        session.push_small_blobs(count - len(session.mountable))
    chosen = [session.mountable.pop() for _ in range(count)]
    source = session.target.repository
    caller = session.caller_to(session.target.mount_repository, source)
    seconds: list[float] = []
    errors: Counter[str] = Counter()

    def work() -> float:
        with caller.connect() as connection:
            for digest in chosen:
                path = caller.path(f"blobs/uploads/?mount={digest}&from={quote(source, safe='')}")
                started = time.perf_counter()
                answer = connection.ask(caller.request("POST", path, length=0))
                seconds.append(time.perf_counter() - started)
                if answer.status != 201:
                    errors[f"POST {answer.status}"] += 1
        return count

    return with_latencies(session.meter.measure("mount", work), seconds, errors)


def _open_upload(caller: Caller, connection: Connection) -> str:
    return connection.ask(caller.request("POST", caller.path("blobs/uploads/"), length=0)).require(202).location


def _push_whole(session: Session, digest: str) -> None:
    with session.caller.connect() as connection:
        path = with_digest(_open_upload(session.caller, connection), digest)
        connection.send(session.caller.request("PUT", path, length=session.big.size, Content_Type=OCTETS))
        connection.send_file(session.big.plain)
        connection.read_answer().require(201)


def _measure_pull(session: Session, streams: int) -> Measurement:
    if session.big_digest is None:
        digest = session.big.renew()
        _push_whole(session, digest)
        session.big_digest = digest
    request = session.caller.request("GET", session.caller.path(f"blobs/{session.big_digest}"), Accept=ACCEPT)

    def work() -> float:
        with ThreadPoolExecutor(streams) as pool:
            lengths = list(pool.map(lambda _: _download(session.caller.endpoint, request), range(streams)))
        return sum(lengths) / MEGABYTE

    return session.meter.measure("MB", work)


def _download(endpoint: Endpoint, request: bytes) -> int:
    """Receive a blob, following one redirect, and return its length."""
    with Connection(endpoint) as connection:
        connection.send(request)
        head = connection.read_head()
        if head.status not in REDIRECTS:
            return _receive(connection, head)
    location = head.headers["location"]
    elsewhere = Endpoint.of(location)
    with Connection(elsewhere) as connection:
        connection.send(f"GET {path_of(location)} HTTP/1.1\r\nHost: {elsewhere.authority}\r\n\r\n".encode())
        return _receive(connection, connection.read_head())


def _receive(connection: Connection, head: Answer) -> int:
    head.require(200)
    length = int(head.headers["content-length"])
    received = connection.discard(length)
    if received != length:
        raise UnexpectedAnswer(f"a blob of {length} bytes ended after {received}")
    return received
