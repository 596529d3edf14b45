"""Phases that ask for the same small thing as often as the registry answers."""

import time
from collections.abc import Iterator

from bench.crowd import Crowd, Job
from bench.measuring import Measurement, with_latencies
from bench.session import Session, get_request


def ping(session: Session) -> Measurement:
    """GET /v2/."""
    return session.measure_get("/v2/")


def measure_head(session: Session, path: str) -> Measurement:
    """Rate and cost of HEAD on one path, for as many seconds as the load says."""
    request = get_request(session.caller, path, "HEAD")
    deadline = 0.0

    def job() -> Job:
        answer = yield request
        return None if answer.status == 200 else f"HEAD {answer.status}"

    def jobs() -> Iterator[Job]:
        while time.perf_counter() < deadline:
            yield job()

    crowd = Crowd(session.caller.endpoint, jobs(), session.load.connections, bodiless=True)

    def work() -> float:
        nonlocal deadline
        deadline = time.perf_counter() + session.load.seconds
        crowd.run()
        return len(crowd.seconds)

    return with_latencies(session.meter.measure("HEAD", work), crowd.seconds, crowd.errors)
