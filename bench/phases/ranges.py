"""A check, not a rate: does the registry answer Range requests right?"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from bench.measuring import Measurement
from bench.session import Session, push_blob
from bench.wire import Answer

SIZE = 4096


@dataclass(frozen=True, slots=True)
class RangeCheck:
    """A Range header and what may be answered. `first` and `last` name the bytes of a 206; without them only the status counts."""

    name: str
    header: str
    statuses: tuple[int, ...]
    first: int | None = None
    last: int = SIZE - 1


CHECKS = (
    RangeCheck("first byte", "bytes=0-0", (206,), 0, 0),
    RangeCheck("middle", "bytes=1000-1999", (206,), 1000, 1999),
    RangeCheck("open end", "bytes=4000-", (206,), 4000),
    RangeCheck("suffix", "bytes=-100", (206,), 3996),
    RangeCheck("end beyond the blob", "bytes=4000-9999", (206,), 4000),
    RangeCheck("whole blob", "bytes=0-4095", (200, 206), 0),
    RangeCheck("suffix longer than the blob", "bytes=-9999", (200, 206), 0),
    RangeCheck("begin beyond the blob", "bytes=4096-", (416,)),
    RangeCheck("end before begin", "bytes=500-0", (200, 416)),
    RangeCheck("unknown unit", "lines=0-1", (200, 416)),
    RangeCheck("two ranges", "bytes=0-1,10-11", (200, 206)),
)


def check_ranges(session: Session) -> Measurement:
    """Ask for the ranges; the notes tell which answers were wrong."""
    data = os.urandom(SIZE)
    with session.caller.connect() as connection:
        path = session.caller.path(f"blobs/{push_blob(session.caller, connection, data)}")

    def ask(header: str) -> Answer:
        with session.caller.connect() as connection:
            return connection.ask(session.caller.request("GET", path, Range=header))

    wrong = [problem for check in CHECKS if (problem := _check(check, data, ask))]
    return Measurement(unit="check", operations=len(CHECKS), notes={"passed": len(CHECKS) - len(wrong), "wrong": wrong})


def _check(check: RangeCheck, data: bytes, ask: Callable[[str], Answer]) -> str | None:
    try:
        answer = ask(check.header)
    except OSError as error:
        return f"{check.name}: {error}"
    return judge(check, answer, data)


def judge(check: RangeCheck, answer: Answer, data: bytes) -> str | None:
    """What is wrong with an answer, or None."""
    if answer.status not in check.statuses:
        return f"{check.name}: status {answer.status}"
    if answer.status != 206 or check.first is None:
        return None
    if answer.body != data[check.first : check.last + 1]:
        return f"{check.name}: {len(answer.body)} other bytes"
    wanted, told = f"bytes {check.first}-{check.last}/{SIZE}", answer.headers.get("content-range")
    return None if told == wanted else f"{check.name}: content-range {told}"
