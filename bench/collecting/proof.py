"""Runs the actors against a server, then lets the collector finish, and compares the storage with what the tags need."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import sqlalchemy

from bench.authentication import Account
from bench.collecting.actor import Actor
from bench.collecting.client import Client, Tally
from bench.errors import BenchError
from bench.wire import Connection, Endpoint

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The server, and what its collector is set to; `storage` is the folder of finished blobs."""

    endpoint: Endpoint
    account: Account
    storage: Path
    hold_seconds: float
    grace_seconds: float
    window_seconds: float
    repositories: tuple[str, ...] = tuple(f"bench/app{number}" for number in range(6))


@dataclass(frozen=True, slots=True)
class Effort:
    """How much the actors do."""

    seconds: float
    actors: int = 6
    tags: int = 8
    sizes: tuple[int, ...] = (4096, 65_536, 1 << 20, 8 << 20, 24 << 20)


@dataclass(slots=True)
class Outcome:
    """What came of it. The proof holds when nothing is in `failures`, `missing` and `surplus`."""

    seconds: float = 0
    requests: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    pushed_bytes: int = 0
    pulled_bytes: int = 0
    late_pushes: int = 0
    put_p50_ms: float = 0
    put_p99_ms: float = 0
    put_longest_ms: float = 0
    living_tags: int = 0
    needed_blobs: int = 0
    needed_bytes: int = 0
    stored_bytes: int = 0
    freed_bytes: int = 0
    drain_seconds: float = 0
    failures: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything came as it should."""
        return not (self.failures or self.missing or self.surplus)

    def as_json(self) -> dict[str, object]:
        return {"holds": self.holds, **asdict(self)}


def run_proof(scene: Scene, effort: Effort, *, say: Callable[[str], None], drain: Callable[[], None] | None = None) -> Outcome:
    """Let the actors work, then wait until the storage holds exactly what the living tags need.

    `drain` is called once a second while that is not so, to set the collector going; its schedule alone is enough, but slower.
    """
    actors = [_make_actor(f"actor{number}", scene, effort) for number in range(effort.actors)]
    outcome = Outcome()
    began = time.monotonic()
    _let_work(actors, effort.seconds, say)
    outcome.seconds = time.monotonic() - began
    _check_living(actors, outcome)
    ended = time.monotonic()
    needed = {digest for actor in actors for artifact in actor.living.values() for digest in artifact.blobs}
    _await_storage(scene, needed, outcome, drain, say)
    outcome.drain_seconds = time.monotonic() - ended
    _check_living(actors, outcome)
    _sum_up(actors, needed, outcome)
    for actor in actors:
        actor.client.close()
    return outcome


def set_window(url: str, seconds: int) -> None:
    """Shorten every time machine. People choose from days; seconds are for this proof only, so the database is asked itself."""
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE account SET tag_window_seconds = :seconds"), {"seconds": seconds})
    engine.dispose()


def list_stored(storage: Path) -> dict[str, int]:
    """Sizes of finished blobs, by digest; of two copies both are counted, which makes the second one visible as `digest+`."""
    found: dict[str, int] = {}
    for folder, _, names in os.walk(storage):
        for name in names:
            try:
                size = os.stat(f"{folder}/{name}").st_size
            except FileNotFoundError:
                continue  # the collector has just taken it
            digest = f"{Path(folder).relative_to(storage).parts[0]}:{name.partition('-')[0]}"
            found[f"{digest}+" if digest in found else digest] = size
    return found


def read_freed_bytes(endpoint: Endpoint) -> int:
    """What the server's metrics say."""
    with Connection(endpoint) as connection:
        request = f"GET /metrics HTTP/1.1\r\nHost: {endpoint.authority}\r\nConnection: close\r\n\r\n"
        page = connection.ask(request.encode()).require(200).body.decode()
    for line in page.splitlines():
        if line.startswith("pierhead_collector_freed_bytes_total "):
            return int(float(line.rpartition(" ")[2]))
    raise BenchError("the server tells no pierhead_collector_freed_bytes")


def _make_actor(name: str, scene: Scene, effort: Effort) -> Actor:
    client = Client(
        scene.endpoint, scene.account, scene.repositories, grace_seconds=scene.grace_seconds, chance=random.Random(f"client of {name}")
    )
    return Actor(name, client, scene.repositories, tags=effort.tags, sizes=effort.sizes, window_seconds=scene.window_seconds)


def _let_work(actors: Sequence[Actor], seconds: float, say: Callable[[str], None]) -> None:
    until = threading.Event()
    threads = [threading.Thread(target=actor.work, args=(until,), name="actor", daemon=True) for actor in actors]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and any(thread.is_alive() for thread in threads):
        until.wait(min(left, 30))
        pushed = sum(actor.client.tally.pushed_bytes for actor in actors)
        failed = sum(len(actor.client.tally.failures) for actor in actors)
        say(f"{max(left, 0):5.0f} s left, {pushed >> 20} MiB pushed, {failed} failures")
    until.set()
    for thread in threads:
        thread.join()


def _check_living(actors: Sequence[Actor], outcome: Outcome) -> None:
    for actor in actors:
        outcome.failures += actor.check_living()


def _await_storage(scene: Scene, needed: set[str], outcome: Outcome, drain: Callable[[], None] | None, say: Callable[[str], None]) -> None:
    """The collector takes a hold, the window, and a grace for each of list, manifest, blob and bytes; the schedule adds half a minute to each."""
    end = time.monotonic() + scene.hold_seconds + scene.window_seconds + 6 * scene.grace_seconds + 240
    while time.monotonic() < end:
        stored = list_stored(scene.storage)
        outcome.missing, outcome.surplus = sorted(needed - stored.keys()), sorted(stored.keys() - needed)
        outcome.stored_bytes = sum(stored.values())
        if not outcome.surplus:
            return
        if drain is not None:
            drain()
        time.sleep(POLL_SECONDS)
    say(f"{len(outcome.surplus)} blobs are left that no tag needs")


def _sum_up(actors: Sequence[Actor], needed: set[str], outcome: Outcome) -> None:
    tallies: list[Tally] = [actor.client.tally for actor in actors]
    requests: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    for tally in tallies:
        requests.update(tally.requests)
        actions.update(tally.actions)
        outcome.failures += tally.failures
    outcome.requests, outcome.actions = dict(sorted(requests.items())), dict(sorted(actions.items()))
    outcome.pushed_bytes = sum(tally.pushed_bytes for tally in tallies)
    outcome.pulled_bytes = sum(tally.pulled_bytes for tally in tallies)
    outcome.late_pushes = sum(tally.late for tally in tallies)
    seconds = sorted(second for tally in tallies for second in tally.put_seconds)
    if seconds:
        outcome.put_p50_ms = seconds[len(seconds) // 2] * 1000
        outcome.put_p99_ms = seconds[int(len(seconds) * 0.99)] * 1000
        outcome.put_longest_ms = seconds[-1] * 1000
    outcome.living_tags = sum(len(actor.living) for actor in actors)
    outcome.needed_blobs = len(needed)
    blobs = {digest: blob for actor in actors for artifact in actor.living.values() for digest, blob in artifact.blobs.items()}
    outcome.needed_bytes = sum(len(blob.content) for blob in blobs.values())
