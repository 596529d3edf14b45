"""The garbage collector under `/superuser`."""

from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.collector.totals import begin_round, end_round
from pierhead.registry.model.collector import Reclaimed
from pierhead.registry.store.collector.totals import add_totals
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn


def test_before_the_first_round_everything_is_nothing(root: ApiClient) -> None:
    shown = root.get("/superuser/collector").json()

    assert shown["reclaimed"] == Reclaimed()._asdict()
    assert shown["last_round"] == {"started": None, "ended": None, "freed_bytes": 0, "bytes_per_second": None}
    assert (shown["reclaimable_bytes"], shown["oldest_due_seconds"]) == (0, 0)
    assert set(shown["due"].values()) == {0}


def test_what_was_reclaimed_is_told_with_the_last_round(database: Database, root: ApiClient) -> None:
    def reclaim(work: UnitOfWork, freed_bytes: int) -> None:
        add_totals(work.connection, Reclaimed(manifests=1, blobs=2, freed_bytes=freed_bytes))

    for freed in (700, 300):
        database.write_now(begin_round)
        database.write_now(reclaim, freed)
        database.write_now(end_round)

    shown = root.get("/superuser/collector").json()
    assert shown["reclaimed"] == Reclaimed(manifests=2, blobs=4, freed_bytes=1000)._asdict()
    assert shown["last_round"]["freed_bytes"] == 300
    assert shown["last_round"]["ended"]


def test_a_round_is_begun_at_once_and_not_twice(root: ApiClient) -> None:
    assert root.call("POST", "/superuser/collector/run").status_code == 204
    assert root.call("POST", "/superuser/collector/run").status_code == 400
    assert "collect_garbage@hand" in {job["key"] for job in root.get("/superuser/jobs").json()["jobs"]}


def test_only_superusers_look_at_the_collector(anonymous: ApiClient, sign_in: SignIn) -> None:
    assert anonymous.get("/superuser/collector").status_code == 401
    assert sign_in("grace").get("/superuser/collector").status_code == 403
