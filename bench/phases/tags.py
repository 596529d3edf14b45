"""Phases about the list of a repository's many tags."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from bench.crowd import Crowd, Job
from bench.errors import BenchError
from bench.measuring import Measurement, with_latencies
from bench.session import Session, manifest_job, push_blob
from bench.targets import Caller
from bench.wire import Answer, Connection, path_of

PAGE = 100
PAGE_LIMIT = 10_000


def list_whole(session: Session) -> Measurement:
    """The whole list, following Link until it ends."""
    caller = _fill(session)
    count = session.tags_filled
    seen: dict[str, int] = {}

    def ask(connection: Connection) -> None:
        tags, pages, following = 0, 0, caller.path(f"tags/list?n={count}")
        while following and pages < PAGE_LIMIT:
            answer = connection.ask(caller.request("GET", following)).require(200)
            tags, pages, following = tags + _count_tags(answer), pages + 1, next_page(answer)
        seen.update(tags=tags, pages=pages)

    measurement = _repeat(session, caller, ask, "list", at_least=session.load.lists)
    if seen["tags"] != count:
        raise BenchError(f"the registry listed {seen['tags']} of {count} tags")
    return replace(measurement, notes=dict(seen))


def list_page(session: Session) -> Measurement:
    """A page of 100 tags from the middle of the list."""
    caller = _fill(session)
    path = caller.path(f"tags/list?n={PAGE}&last={_tag_name(session.tags_filled // 2)}")
    lengths: set[int] = set()

    def ask(connection: Connection) -> None:
        lengths.add(_count_tags(connection.ask(caller.request("GET", path)).require(200)))

    measurement = _repeat(session, caller, ask, "page", at_least=session.load.lists)
    if lengths != {min(PAGE, session.tags_filled - session.tags_filled // 2 - 1)}:
        raise BenchError(f"a page of {PAGE} tags came with {lengths}")
    return measurement


def next_page(answer: Answer) -> str:
    """Path of the next page that an answer's Link header names, or nothing."""
    found = re.match(r"\s*<([^>]+)>", answer.headers.get("link", ""))
    return path_of(found[1]) if found else ""


def _fill(session: Session) -> Caller:
    """Create the tags of a repository of their own, at the first call."""
    caller = session.caller_to(f"{session.target.repository}-tags")
    if session.tags_filled:
        return caller
    image = session.image()
    with caller.connect() as connection:
        push_blob(caller, connection, image.config)
        push_blob(caller, connection, image.layer)
    manifest = image.manifest("many tags")

    def jobs() -> Iterator[Job]:
        for index in range(session.load.tags):
            yield manifest_job(caller, _tag_name(index), manifest)

    crowd = Crowd(caller.endpoint, jobs(), session.load.push_connections)
    crowd.run()
    if crowd.errors:
        raise BenchError(f"creating {session.load.tags} tags failed: {dict(crowd.errors)}")
    session.tags_filled = session.load.tags
    return caller


def _repeat(session: Session, caller: Caller, ask: Callable[[Connection], None], unit: str, *, at_least: int) -> Measurement:
    """Ask over one connection for as long as the load says, and at least so many times."""
    seconds: list[float] = []

    def work() -> float:
        deadline = time.perf_counter() + session.load.seconds
        with caller.connect() as connection:
            while len(seconds) < at_least or time.perf_counter() < deadline:
                started = time.perf_counter()
                ask(connection)
                seconds.append(time.perf_counter() - started)
        return len(seconds)

    return with_latencies(session.meter.measure(unit, work), seconds, {})


def _tag_name(index: int) -> str:
    return f"v{index:05d}"


def _count_tags(answer: Answer) -> int:
    return len(json.loads(answer.body).get("tags") or [])
