"""Log lines that are handed on together: none is lost, in their order, and an error brings what came before it."""

import io
import json
import os
import subprocess
import sys
import threading
import time

from pierhead.platform.web.logs import GatheredOutput

SECONDS = 10.0
_NEVER = 3600.0
_PROGRAM = """
import sys
import structlog
from pierhead.platform.web.logs import configure_logs
configure_logs("json", "info")
log = structlog.get_logger("test")
log.debug("not asked for")
for number in range(3):
    log.info("line", number=number)
{then}
"""


class Target(io.StringIO):
    """Where the lines go; it can be full for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.is_full = False
        self.refused = threading.Event()

    def write(self, text: str) -> int:
        self.writes += 1
        if self.is_full:
            self.refused.set()
            raise OSError(28, "No space left on device")
        return super().write(text)


def await_lines(target: Target, expected: list[str]) -> None:
    end = time.monotonic() + SECONDS
    while target.getvalue().splitlines() != expected:
        assert time.monotonic() < end, target.getvalue()
        time.sleep(0.005)


def run(then: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", _PROGRAM.format(then=then)], stderr=subprocess.PIPE, timeout=30, check=False)


def lines_of(stderr: bytes) -> list[tuple[str, str]]:
    return [(line["level"], line["event"]) for line in map(json.loads, stderr.splitlines())]


def test_lines_come_out_together_and_in_their_order() -> None:
    target = Target()
    output = GatheredOutput(target, every_seconds=_NEVER)
    for number in range(100):
        output.write(f"{number}\n")
        output.flush()
    assert target.getvalue() == ""
    output.drain()
    assert target.getvalue().splitlines() == [str(number) for number in range(100)]
    assert target.writes == 1
    output.drain()
    assert target.writes == 1


def test_lines_come_out_after_a_moment_by_themselves() -> None:
    target = Target()
    output = GatheredOutput(target, every_seconds=0.01)
    output.write("one\n")
    await_lines(target, ["one"])
    output.write("two\n")
    await_lines(target, ["one", "two"])


def test_no_line_of_many_threads_is_lost() -> None:
    target = Target()
    output = GatheredOutput(target, every_seconds=0.0001)

    def write(name: str) -> None:
        for number in range(2000):
            output.write(f"{name} {number}\n")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.drain()
    lines = target.getvalue().splitlines()
    for name in "abc":
        assert [line for line in lines if line.startswith(name)] == [f"{name} {number}" for number in range(2000)]


def test_a_full_disk_stops_no_request_and_lines_come_again_when_there_is_room() -> None:
    target = Target()
    target.is_full = True
    output = GatheredOutput(target, every_seconds=0.005)
    output.write("lost\n")
    assert target.refused.wait(SECONDS)
    output.write("lost too\n")
    output.drain()
    target.is_full = False
    output.write("kept\n")
    await_lines(target, ["kept"])


def test_what_waits_comes_out_when_the_process_ends() -> None:
    assert lines_of(run("").stderr) == [("info", "line")] * 3


def test_an_error_comes_out_at_once_behind_what_came_before() -> None:
    # This end loses what still waits.
    done = run('log.error("wrong"); import os; os._exit(3)')
    assert (done.returncode, lines_of(done.stderr)) == (3, [("info", "line")] * 3 + [("error", "wrong")])


def test_only_the_announced_line_of_a_thread_comes_out_at_once() -> None:
    target = Target()
    output = GatheredOutput(target, every_seconds=_NEVER)
    output.write("before\n")
    output.hurry()
    other = threading.Thread(target=output.write, args=("other\n",))
    other.start()
    other.join()
    assert target.getvalue() == ""
    output.write("urgent\n")
    output.write("after\n")
    assert target.getvalue().splitlines() == ["before", "other", "urgent"]


def test_a_process_whose_log_is_closed_ends_as_if_nothing_had_happened() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(then='print("done")')], stdout=subprocess.PIPE, stderr=writing, timeout=30, check=False
        )
    finally:
        os.close(writing)
    assert done.stdout == b"done\n"
