"""Repositories in the REST API (api-v1/repositories, section 1)."""

import threading
from typing import Any

import pytest

from pierhead.app import build_job_services
from pierhead.platform.jobs.model import JobContext
from pierhead.registry.jobs import RemoveDeletedRepositories
from tests.registry.client import Client, Server
from tests.registry.people import People
from tests.repositories.api import call, create, get, read_log


def count_rows(server: Server, table: str, condition: str) -> int:
    return int(
        server.core.database.read_now(
            lambda work: work.connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {condition}").scalar_one()
        )
    )


def names(client: Client, query: str) -> list[str]:
    return [f"{item['namespace']}/{item['name']}" for item in get(client, f"/repository?{query}")["repositories"]]


def test_a_repository_is_created_in_the_callers_own_namespace(people: People, owner: Client) -> None:
    answer = create(owner, "tools/a.b/c", description="What it is for", repo_kind="application")

    assert (answer.status, answer.json) == (201, {"namespace": owner.name, "name": "tools/a.b/c", "kind": "application"})
    view = get(owner, f"/repository/{owner.name}/tools/a.b/c")
    assert (view["description"], view["kind"], view["is_public"]) == ("What it is for", "application", False)
    (entry,) = read_log(people, owner.name, "create_repo")
    assert (entry.performer_name, entry.metadata["repo"], entry.metadata["namespace"]) == (owner.name, "tools/a.b/c", owner.name)


def test_members_who_may_create_do_so_in_their_organization(people: People, owner: Client, stranger: Client) -> None:
    organization = people.organization(owner)

    assert create(owner, "app", namespace=organization, visibility="public").json["namespace"] == organization
    assert create(stranger, "app", namespace=organization).status == 403
    assert create(people.anonymous, "app", namespace=organization).status in (401, 403)
    assert create(owner, "app", namespace="nowhere").status == 403


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "Capital"}, "Invalid repository name"),
        ({"name": "a" * 256}, "Invalid repository name"),
        ({"name": "a//b"}, "Invalid repository name"),
        ({"name": "taken"}, "Repository already exists"),
        ({"name": "app", "visibility": "secret"}, "visibility"),
        ({"name": "app", "description": None}, "description"),
        ({"name": "app", "description": "\0"}, "description"),
        ({"name": "app", "repo_kind": "chart"}, "repo_kind"),
    ],
)
def test_a_repository_that_cannot_be_is_refused(owner: Client, body: dict[str, Any], text: str) -> None:
    create(owner, "taken")
    answer = create(owner, **body)

    assert answer.status == 400
    assert answer.json["error_type"] == "invalid_request"
    assert text in answer.json["message"]


def test_its_page_tells_what_the_caller_may_do(people: People, owner: Client, stranger: Client, repository: str) -> None:
    people.grant(repository, stranger, "write")
    view = get(owner, f"/repository/{repository}?includeTags=false")

    namespace, _, name = repository.partition("/")
    token = view.pop("status_token")
    assert token
    assert view == {
        "namespace": namespace,
        "name": name,
        "kind": "image",
        "description": "",
        "is_public": False,
        "is_organization": False,
        "is_starred": False,
        "trust_enabled": False,
        "tag_expiration_s": 14 * 24 * 3600,
        "is_free_account": True,
        "state": "NORMAL",
        "can_write": True,
        "can_admin": True,
    }
    view = get(stranger, f"/repository/{repository}")
    assert (view["can_write"], view["can_admin"]) == (True, False)


def test_its_page_shows_living_tags_and_what_happened_on_each_day(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "v2")
    owner.delete(repository, "v2")
    view = get(owner, f"/repository/{repository}?includeStats=True")

    assert list(view["tags"]) == ["v1"]
    tag = view["tags"]["v1"]
    assert (tag["name"], tag["manifest_digest"], tag["size"]) == ("v1", image.digest, sum(map(len, image.blobs)))
    assert tag["last_modified"].endswith("-0000")
    assert len(view["stats"]) == 92
    assert sum(day["count"] for day in view["stats"]) >= 3


def test_private_and_missing_repositories_look_the_same_to_strangers(
    people: People, owner: Client, stranger: Client, repository: str
) -> None:
    missing = f"{owner.name}/missing"
    for caller, status in ((stranger, 403), (people.anonymous, 401)):
        answers = [call(caller, "GET", f"/repository/{name}") for name in (repository, missing, "nobody/app", f"{owner.name}/~1")]
        assert [answer.status for answer in answers] == [status] * 4
        assert len({answer.json["message"] for answer in answers}) == 1
    assert call(owner, "GET", f"/repository/{missing}").status == 404
    assert call(owner, "GET", "/repository/app").status == 404


def test_a_slash_may_be_written_as_percent_2f_and_stand_at_the_end(owner: Client, repository: str) -> None:
    for path in (repository.replace("/", "%2F"), f"{repository}/", repository):
        assert get(owner, f"/repository/{path}")["name"] == repository.partition("/")[2]


def test_the_description_is_replaced_by_whoever_may_write(people: People, owner: Client, stranger: Client, repository: str) -> None:
    body = {"description": "About ships"}
    people.grant(repository, stranger, "read")
    assert call(stranger, "PUT", f"/repository/{repository}", body).status == 403

    for _ in range(2):
        answer = call(owner, "PUT", f"/repository/{repository}", body)
        assert (answer.status, answer.json) == (200, {"success": True})
    assert get(owner, f"/repository/{repository}")["description"] == "About ships"
    (entry,) = read_log(people, owner.name, "set_repo_description")
    assert entry.metadata["description"] == "About ships"


def test_the_visibility_is_changed_by_admins(people: People, owner: Client, stranger: Client, repository: str) -> None:
    people.grant(repository, stranger, "write")
    assert call(stranger, "POST", f"/repository/{repository}/changevisibility", {"visibility": "public"}).status == 403

    answer = call(owner, "POST", f"/repository/{repository}/changevisibility", {"visibility": "public"})
    assert (answer.status, answer.json) == (200, {"success": True})
    view = get(people.anonymous, f"/repository/{repository}")
    assert (view["is_public"], view["status_token"], view["can_write"]) == (True, "", False)
    (entry,) = read_log(people, owner.name, "change_repo_visibility")
    assert entry.metadata["visibility"] == "public"


def test_a_frozen_repository_takes_no_push(people: People, owner: Client, repository: str) -> None:
    answer = call(owner, "PUT", f"/repository/{repository}/changestate", {"state": "READ_ONLY"})
    assert (answer.status, answer.json) == (200, {"success": True})
    view = get(owner, f"/repository/{repository}")
    assert (view["state"], view["can_write"]) == ("READ_ONLY", False)
    assert owner.call("POST", f"/v2/{repository}/blobs/uploads/").status == 405
    (entry,) = read_log(people, owner.name, "change_repo_state")
    assert entry.metadata["state_changed"] == "READ_ONLY"

    for state in ("MARKED_FOR_DELETION", "frozen"):
        answer = call(owner, "PUT", f"/repository/{repository}/changestate", {"state": state})
        assert (answer.status, "detail" in answer.json) == (400, True)


def test_a_deleted_repository_is_gone_at_once_and_its_name_is_free(
    people: People, owner: Client, stranger: Client, repository: str
) -> None:
    owner.push_image(repository, "v1")
    assert call(stranger, "DELETE", f"/repository/{repository}").status == 403

    answer = call(owner, "DELETE", f"/repository/{repository}")
    assert (answer.status, answer.body) == (204, b"")
    assert call(owner, "GET", f"/repository/{repository}").status == 404
    assert call(owner, "DELETE", f"/repository/{repository}").status == 404
    assert owner.pull(repository, "v1").status == 404
    assert names(owner, f"namespace={owner.name}") == []
    assert read_log(people, owner.name, "delete_repo")[0].metadata["repo"] == repository.partition("/")[2]

    assert create(owner, repository.partition("/")[2]).status == 201
    assert get(owner, f"/repository/{repository}")["tags"] == {}


def test_a_job_removes_what_deleted_repositories_held(people: People, server: Server, owner: Client, repository: str) -> None:
    kept = people.repository(owner)
    image = owner.push_image(kept, "v1")
    owner.push_image(repository, "v1", image)
    owner.start_upload(repository)
    call(owner, "DELETE", f"/repository/{repository}")

    core = server.core
    services = build_job_services(core)
    RemoveDeletedRepositories().run(JobContext(services, core.database, key="deletions", attempt=1, stopping=threading.Event()))

    assert count_rows(server, "repository", "state = 'MARKED_FOR_DELETION'") == 0
    for table in ("tag", "manifest", "repository_blob", "upload"):
        assert count_rows(server, table, "repository_id NOT IN (SELECT id FROM repository)") == 0
    assert owner.pull(kept, "v1").status == 200


def test_lists_show_what_the_caller_may_read(people: People, owner: Client, stranger: Client, repository: str) -> None:
    public, other = people.repository(owner, public=True), people.repository(owner)
    application = create(owner, "charts", repo_kind="application").json["name"]
    people.grant(other, stranger, "read")
    query = f"namespace={owner.name}"

    assert names(owner, query) == [repository, public, other]
    assert names(owner, f"{query}&repo_kind=application") == [f"{owner.name}/{application}"]
    assert names(stranger, query) == [other]
    assert names(stranger, f"{query}&public=true") == [public, other]
    assert names(people.anonymous, f"{query}&public=True") == [public]
    assert names(people.anonymous, query) == []
    assert names(owner, "namespace=nowhere") == []


def test_lists_follow_teams_and_their_roles(people: People, owner: Client) -> None:
    organization = people.organization(owner)
    create(owner, "app", namespace=organization)
    admin = people.user("admin")
    people.join(organization, "owners", admin)

    assert names(admin, f"namespace={organization}") == [f"{organization}/app"]


def test_an_item_has_the_fields_that_were_asked_for(owner: Client, repository: str) -> None:
    owner.push_image(repository, "v1")
    path = f"/repository?namespace={owner.name}"
    (plain,) = get(owner, path)["repositories"]
    (full,) = get(owner, f"{path}&last_modified=true&popularity=true")["repositories"]

    name = repository.partition("/")[2]
    usage = plain.pop("quota_report")
    assert plain == {
        "namespace": owner.name,
        "name": name,
        "description": "",
        "is_public": False,
        "kind": "image",
        "state": "NORMAL",
        "is_starred": False,
    }
    assert usage["configured_quota"] is None
    assert usage["quota_bytes"] > 0
    assert isinstance(full["last_modified"], int)
    assert full["popularity"] == 0.0


@pytest.mark.parametrize("query", ["", "?public=false", "?starred=true"])
def test_a_list_needs_a_filter_and_stars_need_a_user(people: People, query: str) -> None:
    answer = call(people.anonymous, "GET", f"/repository{query}")

    assert answer.status == 400
    if "starred" not in query:
        assert answer.json["message"] == "namespace, starred or public are required for this API call"


def test_long_lists_come_in_pages_that_cover_everything_once(people: People, owner: Client) -> None:
    expected = [people.repository(owner) for _ in range(205)]
    path = f"/repository?namespace={owner.name}"
    page = get(owner, f"{path}&next_page=")
    pages = [page]
    while "next_page" in page:
        page = get(owner, f"{path}&next_page={page['next_page']}")
        pages.append(page)

    assert [len(each["repositories"]) for each in pages] == [100, 100, 5]
    assert [f"{owner.name}/{item['name']}" for each in pages for item in each["repositories"]] == expected
    assert get(owner, f"{path}&next_page=nonsense")["repositories"] == pages[0]["repositories"]
