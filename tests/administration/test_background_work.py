"""Jobs and schedules under `/superuser`."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from pierhead.jobs import SCHEDULES
from pierhead.platform.database import Database
from pierhead.platform.jobs import Job, JobContext, enqueue
from pierhead.platform.jobs.lease import Claimer, Outcome, settle
from pierhead.platform.jobs.model import JobResult
from pierhead.platform.jobs.schedule import enqueue_due
from tests.access.builders import ApiClient


@dataclass(frozen=True)
class Fragile(Job[object]):
    """A job that is only put into the queue here."""

    name: ClassVar[str] = "fragile"

    def run(self, context: JobContext[object]) -> None:
        raise NotImplementedError


def bury(database: Database, key: str) -> None:
    """A dead job."""
    database.write_now(enqueue, Fragile(), key=key)
    (claimed,) = database.write_now(Claimer(("fragile",), {}, "test", 60).claim, None, 1)
    now = database.clock.now()
    database.write_now(settle, claimed, Outcome(JobResult.DEAD, "ValueError: no"), started_at=now, duration_seconds=1)


def test_jobs_are_listed_by_state_and_in_pages(database: Database, root: ApiClient) -> None:
    bury(database, "fragile:dead/1")
    for number in range(3):
        database.write_now(enqueue, Fragile(), key=f"fragile:{number}")

    (dead,) = root.get("/superuser/jobs", params={"state": "dead"}).json()["jobs"]
    assert (dead["key"], dead["name"], dead["state"], dead["last_error"]) == ("fragile:dead/1", "fragile", "dead", "ValueError: no")
    assert "payload" not in dead
    first = root.get("/superuser/jobs", params={"limit": 3}).json()
    second = root.get("/superuser/jobs", params={"limit": 3, "next_page": first["next_page"]}).json()
    assert (len(first["jobs"]), len(second["jobs"])) == (3, 1)
    assert "next_page" not in second


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": "0"}, {"limit": "101"}])
def test_a_list_of_jobs_that_cannot_be_is_refused(root: ApiClient, query: dict[str, str]) -> None:
    assert root.get("/superuser/jobs", params=query).status_code == 400


def test_a_dead_job_runs_again_and_a_living_one_does_not(database: Database, root: ApiClient) -> None:
    bury(database, "fragile:dead/1")

    assert root.call("POST", "/superuser/jobs/fragile:dead/1/run").status_code == 204
    (job,) = root.get("/superuser/jobs").json()["jobs"]
    assert (job["state"], job["attempts"]) == ("queued", 0)
    assert root.call("POST", "/superuser/jobs/fragile:dead/1/run").status_code == 409


def test_a_waiting_job_is_removed(database: Database, root: ApiClient) -> None:
    database.write_now(enqueue, Fragile(), key="fragile:1")

    assert root.call("DELETE", "/superuser/jobs/fragile:1").status_code == 204
    assert root.get("/superuser/jobs").json()["jobs"] == []


@pytest.mark.parametrize("key", ["nothing", "a%00b", "a/b/c"])
def test_what_is_no_job_is_not_found(root: ApiClient, key: str) -> None:
    assert root.call("POST", f"/superuser/jobs/{key}/run").status_code == 404
    assert root.call("DELETE", f"/superuser/jobs/{key}").status_code == 404


def test_a_schedule_is_shown_paused_and_run_at_once(database: Database, root: ApiClient) -> None:
    database.write_now(enqueue_due, SCHEDULES)
    names = [each["name"] for each in root.get("/superuser/schedules").json()["schedules"]]
    assert names == sorted(schedule.name for schedule in SCHEDULES)

    assert root.call("PUT", "/superuser/schedules/remove_dead_jobs", {"paused": True}).status_code == 204
    paused = {each["name"] for each in root.get("/superuser/schedules").json()["schedules"] if each["paused"]}
    assert paused == {"remove_dead_jobs"}
    assert root.call("POST", "/superuser/schedules/remove_dead_jobs/run").status_code == 204
    assert root.call("POST", "/superuser/schedules/remove_dead_jobs/run").status_code == 400
    assert "remove_dead_jobs@hand" in {job["key"] for job in root.get("/superuser/jobs").json()["jobs"]}


def test_what_is_no_schedule_is_not_found(root: ApiClient) -> None:
    assert root.call("PUT", "/superuser/schedules/nothing", {"paused": True}).status_code == 404
    assert root.call("POST", "/superuser/schedules/nothing/run").status_code == 404
