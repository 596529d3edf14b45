"""What robots are told to remember, their teams and their federation (api-v1/accounts, section 4)."""

from collections.abc import Mapping, Sequence

import pytest

from pierhead.access.repository_grants import NoRepositoryGrants
from pierhead.access.services import AccessServices
from pierhead.platform.database import UnitOfWork
from tests.access.builders import ApiClient
from tests.access.conftest import Join, log_kinds

ROBOT = "/organization/harbour/robots/ci"
SUBJECTS = [{"issuer": "https://issuer.example.com", "subject": "repo:a"}, {"issuer": "https://issuer.example.com", "subject": "repo:b"}]


class FakeGrants(NoRepositoryGrants):
    """The robot was given the repository `app`."""

    def list_of_robots(self, work: UnitOfWork, namespace_id: int) -> Mapping[str, Sequence[str]]:
        return {"harbour+ci": ["app"]}


@pytest.fixture
def grants() -> NoRepositoryGrants:
    return FakeGrants()


def test_a_robot_keeps_the_metadata_that_it_was_made_with(owner: ApiClient) -> None:
    metadata = {"owner": "crew", "deep": {"list": [1, None, "ü"]}}
    created = owner.call("PUT", ROBOT, {"unstructured_metadata": metadata})

    assert (created.status_code, created.json()["unstructured_metadata"]) == (201, metadata)
    assert owner.get(ROBOT).json()["unstructured_metadata"] == metadata
    assert owner.call("PUT", f"{ROBOT}2").json()["unstructured_metadata"] == {}


@pytest.mark.parametrize("metadata", [{"x": "y" * 2**20}, [], "text"])
def test_metadata_that_breaks_a_rule_is_refused(owner: ApiClient, metadata: object) -> None:
    assert owner.call("PUT", ROBOT, {"unstructured_metadata": metadata}).status_code == 400
    assert owner.get(ROBOT).status_code == 400


def test_a_list_with_permissions_shows_teams_and_repositories_to_admins(owner: ApiClient, join: Join) -> None:
    owner.call("PUT", ROBOT)
    owner.call("PUT", "/organization/harbour/robots/cd")
    owner.call("PUT", "/organization/harbour/team/owners/members/harbour+ci")
    bob = join("bob", "member")
    path, asked = "/organization/harbour/robots", {"permissions": "True", "token": "False"}

    listed = owner.get(path, params=asked).json()["robots"]
    assert [(robot["name"], [team["name"] for team in robot["teams"]], robot["repositories"]) for robot in listed] == [
        ("harbour+cd", [], []), ("harbour+ci", ["owners"], ["app"]),
    ]  # fmt: skip
    assert all("token" not in robot and "unstructured_metadata" not in robot for robot in listed)
    assert "teams" not in bob.get(path, params=asked).json()["robots"][0]
    assert [robot["name"] for robot in owner.get(path, params={"limit": "1"}).json()["robots"]] == ["harbour+cd"]
    assert owner.get(path, params={"limit": "0"}).status_code == 400


@pytest.mark.parametrize("path", [ROBOT, "/user/robots/ci"])
def test_a_federation_list_is_replaced_and_deleted(owner: ApiClient, path: str) -> None:
    owner.call("PUT", path)
    assert owner.get(f"{path}/federation").json() == []

    for subjects in (SUBJECTS, SUBJECTS[1:]):
        replaced = owner.call("POST", f"{path}/federation", subjects)
        assert (replaced.status_code, replaced.json()) == (200, subjects)
        assert owner.get(f"{path}/federation").json() == subjects
    assert owner.call("DELETE", f"{path}/federation").status_code == 204
    assert owner.get(f"{path}/federation").json() == []


def test_the_log_tells_of_a_federation(services: AccessServices, owner: ApiClient) -> None:
    owner.call("PUT", ROBOT)
    owner.call("POST", f"{ROBOT}/federation", SUBJECTS)
    owner.call("DELETE", f"{ROBOT}/federation")

    assert log_kinds(services, "harbour")[-2:] == ["create_robot_federation", "delete_robot_federation"]


@pytest.mark.parametrize(
    "subjects",
    [
        [SUBJECTS[0], SUBJECTS[0]],
        [{"issuer": "ftp://issuer.example.com", "subject": "a"}],
        [{"issuer": "https://[", "subject": "a"}],
        [{"issuer": "https://issuer.example.com", "subject": ""}],
        [{"issuer": "https://issuer.example.com"}],
        [{"issuer": "https://issuer.example.com", "subject": "x" * 513}],
        [{"issuer": "https://issuer.example.com", "subject": str(number)} for number in range(101)],
        {},
    ],
)
def test_a_federation_list_that_breaks_a_rule_is_refused_whole(owner: ApiClient, subjects: object) -> None:
    owner.call("PUT", ROBOT)
    owner.call("POST", f"{ROBOT}/federation", SUBJECTS)

    assert owner.call("POST", f"{ROBOT}/federation", subjects).status_code == 400
    assert owner.get(f"{ROBOT}/federation").json() == SUBJECTS


def test_a_missing_robot_has_no_federation_and_members_do_not_see_one(owner: ApiClient, join: Join) -> None:
    assert owner.get(f"{ROBOT}/federation").status_code == 400
    owner.call("PUT", ROBOT)
    bob = join("bob", "creator")

    assert bob.get(f"{ROBOT}/federation").status_code == 403
    assert bob.call("POST", f"{ROBOT}/federation", SUBJECTS).status_code == 403
    assert bob.call("DELETE", f"{ROBOT}/federation").status_code == 403
