"""Usage logs in the REST API (api-v1/logs)."""

import asyncio

import pytest

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_namespace
from pierhead.audit.model import LogKind
from pierhead.audit.pulls import PullAggregator
from pierhead.audit.record import record
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import Repository
from tests.access.builders import ApiClient, identify
from tests.administration.conftest import SignIn

PULLER = Identity(IdentityKind.ROBOT, "ada+ci", reference="ada+ci")
DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def ada(sign_in: SignIn) -> ApiClient:
    """Ada's client; she owns the organization `harbour`."""
    client = sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    return client


@pytest.fixture
def repository(services: AccessServices, ada: ApiClient) -> Repository:
    """Ada's private repository `ada/deep/app`."""
    owner = identify(services, services.database.read_now(get_namespace, "ada"))
    return services.database.write_now(create_repository, owner, "ada/deep/app", is_public=False)


def write(database: Database, repository: Repository, kind: LogKind, name: str = "ada", **facts: str) -> None:
    identity = Identity(IdentityKind.USER, name)
    database.write_now(record, identity, kind, namespace_id=repository.namespace_id, repository_id=repository.id, address=None, **facts)


def kinds(client: ApiClient, path: str, **query: str) -> list[str]:
    """What happened beside the sign-ins of the test itself."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [entry["kind"] for entry in answer.json()["logs"] if entry["kind"] != "login_success"]


def test_an_entry_says_what_happened_who_did_it_and_when(ada: ApiClient) -> None:
    answer = ada.get("/organization/harbour/logs").json()

    assert (answer["start_time"], answer["end_time"]) == ("Wed, 31 Dec 2025 00:00:00 -0000", "Fri, 02 Jan 2026 00:00:00 -0000")
    assert "next_page" not in answer
    (entry,) = answer["logs"]
    assert set(entry) == {"kind", "metadata", "ip", "datetime", "performer"}
    assert (entry["kind"], entry["metadata"], entry["ip"]) == ("org_create", {"namespace": "harbour"}, "testclient")
    assert entry["datetime"] == "Thu, 01 Jan 2026 00:00:00 -0000"
    assert entry["performer"] == {"kind": "user", "name": "ada", "is_robot": False, "avatar": ada.get("/user/").json()["avatar"]}


def test_users_see_the_log_of_their_own_namespace_only(ada: ApiClient, repository: Repository, sign_in: SignIn) -> None:
    assert kinds(ada, "/user/logs") == ["create_repo", "user_create"]
    assert kinds(sign_in("grace"), "/user/logs") == ["user_create"]


def test_what_happened_to_service_keys_is_not_in_the_log_of_a_user(database: Database, ada: ApiClient, repository: Repository) -> None:
    write(database, repository, LogKind.SERVICE_KEY_CREATE)

    assert "service_key_create" not in kinds(ada, "/user/logs")
    assert "service_key_create" not in {count["kind"] for count in ada.get("/user/aggregatelogs").json()["aggregated"]}
    assert "service_key_create" in kinds(ada, "/repository/ada/deep/app/logs")


@pytest.mark.parametrize("path", ["/repository/ada/deep/app/logs", "/repository/ada%2Fdeep%2Fapp/logs", "/repository/ada/deep/app/logs/"])
def test_a_repository_has_a_log_of_its_own_under_every_form_of_its_path(ada: ApiClient, repository: Repository, path: str) -> None:
    answer = ada.get(path).json()

    (entry,) = answer["logs"]
    assert (entry["kind"], entry["metadata"]["namespace"], entry["metadata"]["repo"]) == ("create_repo", "ada", "deep/app")


def test_pages_of_twenty_follow_each_other_newest_first_also_within_one_moment(
    database: Database, ada: ApiClient, repository: Repository, clock: ManualClock
) -> None:
    for number in range(45):
        write(database, repository, LogKind.DELETE_TAG, tag=f"v{number}")
        if number % 10 == 9:
            clock.advance(seconds=1)

    tags: list[str] = []
    sizes: list[int] = []
    token: str | None = ""
    while token is not None:
        page = ada.get("/repository/ada/deep/app/logs", params={"next_page": token}).json()
        sizes.append(len(page["logs"]))
        tags += [entry["metadata"].get("tag", "") for entry in page["logs"]]
        token = page.get("next_page")

    assert sizes == [20, 20, 6]
    assert tags == [*(f"v{number}" for number in reversed(range(45))), ""]


@pytest.mark.parametrize("token", ["", "nonsense", "AAAA", "%00", "x" * 20000])
def test_a_page_token_that_is_none_means_the_first_page(ada: ApiClient, token: str) -> None:
    assert kinds(ada, "/organization/harbour/logs", next_page=token) == ["org_create"]


def test_a_page_token_is_good_for_two_days(database: Database, ada: ApiClient, repository: Repository, clock: ManualClock) -> None:
    for number in range(21):
        write(database, repository, LogKind.DELETE_TAG, tag=f"v{number}")
    path = "/repository/ada/deep/app/logs"
    span = {"starttime": "12/01/2025", "endtime": "02/01/2026"}
    token = ada.get(path, params=span).json()["next_page"]
    assert len(ada.get(path, params={**span, "next_page": token}).json()["logs"]) == 2
    clock.advance(days=2, seconds=1)

    assert len(ada.get(path, params={**span, "next_page": token}).json()["logs"]) == 20


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, ["create_repo"]),
        ("01/01/2026", "01/01/2026", ["create_repo"]),
        ("12/01/2025", "12/31/2025", []),
        ("01/02/2026", "01/03/2026", []),
        ("yesterday", "01/32/2026", ["create_repo"]),
        ("01/01/0001", "12/30/9999", ["create_repo"]),
    ],
)
def test_a_span_holds_its_first_and_its_last_day(ada: ApiClient, repository: Repository, start: str, end: str, found: list[str]) -> None:
    assert kinds(ada, "/repository/ada/deep/app/logs", **{k: v for k, v in (("starttime", start), ("endtime", end)) if v}) == found


@pytest.mark.parametrize("span", [{"starttime": "01/03/2026", "endtime": "01/01/2026"}, {"endtime": "12/31/9999"}])
@pytest.mark.parametrize("path", ["/user/logs", "/user/aggregatelogs", "/organization/harbour/logs"])
def test_a_span_that_ends_before_it_starts_is_refused(ada: ApiClient, path: str, span: dict[str, str]) -> None:
    assert ada.get(path, params=span).status_code == 400


def test_entries_are_found_by_who_did_it_by_kind_and_by_tag(database: Database, ada: ApiClient, repository: Repository) -> None:
    path = "/repository/ada/deep/app/logs"
    write(database, repository, LogKind.DELETE_TAG, "grace", tag="v1")
    write(database, repository, LogKind.CREATE_TAG, "ada", tag="V1")
    write(database, repository, LogKind.SET_REPO_DESCRIPTION, "ada", description='"tag":"v1"')

    assert kinds(ada, path, performer="grace") == ["delete_tag"]
    assert kinds(ada, path, kind="create_tag") == ["create_tag"]
    assert kinds(ada, path, tag="v1") == ["delete_tag"]
    assert kinds(ada, path, tag="v1", performer="ada") == []
    assert kinds(ada, "/user/logs", performer="grace") == ["delete_tag"]
    assert kinds(ada, path, performer="") == kinds(ada, path)


@pytest.mark.parametrize("name", ["performer", "kind", "tag"])
def test_a_filter_that_no_database_can_hold_is_refused(ada: ApiClient, name: str) -> None:
    assert ada.get("/user/logs", params={name: "a\0b"}).status_code == 400


def test_alike_pulls_of_a_day_are_one_entry_that_counts_each(
    database: Database, ada: ApiClient, repository: Repository, clock: ManualClock
) -> None:
    aggregator = PullAggregator()
    for _ in range(3):
        aggregator.count(repository.namespace_id, repository.id, "v1", DIGEST, PULLER, "192.0.2.1")
        asyncio.run(aggregator.flush(database))
        clock.advance(hours=1)
    clock.advance(days=1)
    aggregator.count(repository.namespace_id, repository.id, "v1", DIGEST, PULLER, "192.0.2.2")
    asyncio.run(aggregator.flush(database))

    pulls = [entry for entry in ada.get("/user/logs", params={"starttime": "01/01/2026"}).json()["logs"] if entry["kind"] == "pull_repo"]
    assert [(entry["metadata"]["count"], entry["datetime"]) for entry in pulls] == [
        (1, "Fri, 02 Jan 2026 03:00:00 -0000"),
        (3, "Thu, 01 Jan 2026 02:00:00 -0000"),
    ]
    assert pulls[1]["metadata"] == {
        "tag": "v1",
        "manifest_digest": DIGEST,
        "count": 3,
        "namespace": "ada",
        "repo": "deep/app",
        "username": "ada+ci",
        "is_robot": True,
    }
    assert pulls[1]["performer"]["is_robot"] is True
    counted = ada.get("/repository/ada/deep/app/aggregatelogs", params={"starttime": "01/01/2026"}).json()["aggregated"]
    assert counted == [
        {"kind": "create_repo", "count": 1, "datetime": "Thu, 01 Jan 2026 00:00:00 -0000"},
        {"kind": "pull_repo", "count": 3, "datetime": "Thu, 01 Jan 2026 00:00:00 -0000"},
        {"kind": "pull_repo", "count": 1, "datetime": "Fri, 02 Jan 2026 00:00:00 -0000"},
    ]


def test_counting_is_for_a_month_at_most(ada: ApiClient) -> None:
    path = "/organization/harbour/aggregatelogs"

    assert ada.get(path, params={"starttime": "12/01/2025", "endtime": "01/01/2026"}).status_code == 200
    assert ada.get(path, params={"starttime": "11/30/2025", "endtime": "01/01/2026"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/organization/harbour/{}", "/repository/ada/deep/app/{}", "/repository/ada/nothing/{}", "/organization/no/{}"]
)
@pytest.mark.parametrize("call", ["logs", "aggregatelogs"])
def test_who_does_not_administer_a_thing_sees_no_log_and_not_whether_it_exists(
    repository: Repository, sign_in: SignIn, anonymous: ApiClient, root: ApiClient, path: str, call: str
) -> None:
    assert anonymous.get(path.format(call)).status_code == 401
    assert sign_in("grace").get(path.format(call)).status_code == 403
    assert root.get(path.format(call)).status_code == 403


def test_admins_of_a_namespace_are_told_which_repository_does_not_exist(ada: ApiClient) -> None:
    assert ada.get("/repository/ada/nothing/logs").status_code == 404
    assert ada.get("/repository/harbour/nothing/logs").status_code == 404


def test_names_that_no_database_can_hold_are_answered_in_order(ada: ApiClient) -> None:
    assert ada.get("/repository/ada/a%00b/logs").status_code == 404
    assert ada.get("/organization/a%00b/logs").status_code == 403


def test_strangers_have_no_log_of_their_own(anonymous: ApiClient) -> None:
    assert anonymous.get("/user/logs").status_code == 401
    assert anonymous.get("/user/aggregatelogs").status_code == 401


def test_superusers_see_everything_with_its_namespace(root: ApiClient, ada: ApiClient) -> None:
    entries = [entry for entry in root.get("/superuser/logs").json()["logs"] if entry["kind"] != "login_success"]

    assert [(entry["kind"], entry["namespace"]["kind"], entry["namespace"]["name"]) for entry in entries] == [
        ("org_create", "org", "harbour"),
        ("user_create", "user", "ada"),
        ("user_create", "user", "root"),
    ]
    assert kinds(root, "/superuser/logs", namespace="harbour") == ["org_create"]
    assert root.get("/superuser/logs", params={"namespace": "nothing"}).status_code == 404
    counts = {count["kind"]: count["count"] for count in root.get("/superuser/aggregatelogs").json()["aggregated"]}
    assert (counts["user_create"], counts["org_create"]) == (2, 1)


@pytest.mark.parametrize("path", ["/superuser/logs", "/superuser/aggregatelogs"])
def test_the_whole_log_is_for_superusers_who_gave_their_password_a_moment_ago(
    ada: ApiClient, root: ApiClient, anonymous: ApiClient, clock: ManualClock, path: str
) -> None:
    assert anonymous.get(path).status_code == 401
    assert ada.get(path).status_code == 403
    assert root.get(path).status_code == 200
    clock.advance(minutes=11)

    answer = root.get(path)
    assert (answer.status_code, answer.json()["error_type"]) == (401, "fresh_login_required")


def test_the_days_of_the_default_span_are_those_of_utc(
    database: Database, ada: ApiClient, repository: Repository, clock: ManualClock
) -> None:
    clock.advance(hours=23, minutes=59)
    write(database, repository, LogKind.DELETE_TAG, tag="v1")
    (count,) = [c for c in ada.get("/user/aggregatelogs").json()["aggregated"] if c["kind"] == "delete_tag"]

    assert count["datetime"] == "Thu, 01 Jan 2026 00:00:00 -0000"
