"""A server of each test's own, whose collector the test runs itself: it looks at everything that is there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pierhead.accounts import users
from pierhead.accounts.users import set_tag_window
from pierhead.app import build_collector_limits
from pierhead.audit.model import SYSTEM
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.registry.collector.orphans import remove_orphans
from pierhead.registry.collector.preview import Preview, preview_round
from pierhead.registry.collector.round import Round, do_nothing
from pierhead.registry.collector.sweep import Sweep
from pierhead.registry.collector.totals import CollectorFigures, read_figures
from pierhead.registry.model.collector import CollectorLimits, Reclaimed
from pierhead.registry.remove_repository import remove_some_content
from pierhead.repositories.manage_repository import delete_repository as delete_verb
from pierhead.repositories.records import list_deleted_ids
from pierhead.settings import CollectorSettings, RegistrySettings
from tests.registry.client import Client, Server
from tests.registry.collector.storage import list_files, list_needed_keys
from tests.registry.people import People
from tests.registry.servers import make_settings

HOLD, GRACE, WINDOW = 100, 10, 1000  # seconds
_LONG = 3_600_000  # milliseconds: no transaction ends early because the machine is slow
_STEPS = 10  # one after the other: lists, manifests, blobs, bytes, and the holds before them


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shared_clock(clock: ManualClock) -> ManualClock:
    """For further processes, as those of the shared servers are started."""
    return clock


@pytest.fixture
def server(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Server]:
    settings = make_settings(tmp_path, database_url).model_copy(
        update={
            "collector": CollectorSettings(grace_seconds=GRACE, batch=3, transaction_ms=_LONG),
            "registry": RegistrySettings(push_hold_seconds=HOLD),
        }
    )
    started = Server(settings, clock)
    yield started
    started.close()


class Collector:
    """Runs rounds without resting, and moves the clock."""

    def __init__(self, server: Server, clock: ManualClock) -> None:
        self._server = server
        self._clock = clock

    @property
    def limits(self) -> CollectorLimits:
        return build_collector_limits(self._server.core.settings)

    def run(
        self,
        after_step: Callable[[str], None] = do_nothing,
        *,
        database: Database | None = None,
        blobs: BlobStore | None = None,
        limits: CollectorLimits | None = None,
    ) -> Reclaimed:
        """One round at this moment, on the server's database and storage unless others are given."""
        core = self._server.core
        return Round(
            database or core.database, blobs or core.blobs, limits or self.limits, rest=lambda _seconds: None, after_step=after_step
        ).run()

    def figures(self) -> CollectorFigures:
        """What superusers are told."""
        return self._server.core.database.read_now(read_figures)

    def preview(self) -> Preview:
        """What a round would remove."""
        return self._server.core.database.read_now(preview_round)

    def remove_orphans(self, older_than_seconds: int) -> Reclaimed:
        """Delete files without a row that are at least so old by the clock of the machine."""
        core = self._server.core
        limits = replace(self.limits, orphan_seconds=older_than_seconds)
        return remove_orphans(core.database, core.blobs, limits, check=lambda: None)

    def sweep(self) -> int:
        """The safety net; how many rows nobody had noted."""
        core = self._server.core
        return Sweep(core.database, self.limits, check=lambda: None, rest=lambda _seconds: None).run()

    def run_to_the_end(self) -> Reclaimed:
        """Rounds until every hold, window and grace has passed and all that follows from that is done."""
        total = Reclaimed()
        for _ in range(_STEPS):
            self._clock.advance(seconds=HOLD + GRACE + WINDOW)
            total = total.plus(self.run())
        return total

    def check_storage(self) -> None:
        """The storage holds exactly the bytes of the blobs that the database knows, and the database only those that are needed."""
        files, needed = list_files(self._server.core.settings), list_needed_keys(self._server.core.database)
        assert files == needed


@pytest.fixture
def collector(server: Server, clock: ManualClock) -> Collector:
    return Collector(server, clock)


@pytest.fixture
def owner(people: People) -> Client:
    """A user whose time machine reaches back a short while."""
    user = people.user()
    set_window(people, user, WINDOW)
    return user


def delete_repository(people: People, user: Client, name: str) -> None:
    """As its owner does it; the job that removes what it held has run."""
    database = people.server.core.database
    database.write_now(delete_verb, people.identity(user), name, address=None)
    (deleted,) = database.read_now(list_deleted_ids, 10)
    while database.write_now(remove_some_content, deleted, 2):
        pass


def set_enabled(people: People, user: Client, *, enabled: bool) -> None:
    """Switch a namespace off or on."""
    people.server.core.database.write_now(users.set_enabled, SYSTEM, people.account(user.name), enabled)


def set_window(people: People, user: Client, seconds: int) -> None:
    """Set the reach of a namespace's time machine."""
    people.server.core.database.write_now(set_tag_window, SYSTEM, people.account(user.name), seconds)
