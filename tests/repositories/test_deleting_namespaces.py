"""A deleted user or organization is gone at once; jobs remove what was under it, and nothing of it comes back under the same name or id."""

import threading

import pytest
from sqlalchemy import Table, func, select

from pierhead.accounts.tables import account, robot, team, team_member
from pierhead.app import build_job_services
from pierhead.audit.tables import audit_log, pull_counter
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs import Job, JobContext, JobStopped
from pierhead.registry.jobs import RemoveDeletedRepositories
from pierhead.registry.tables import manifest, tag
from pierhead.repositories.jobs import RemoveDeletedNamespaces
from pierhead.repositories.tables import repository, repository_gram, repository_permission, star
from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, create, get
from tests.repositories.browser import Browser, hash_password


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_password()


@pytest.fixture
def ada(people: People, password_hash: str) -> Client:
    return people.user("ada", password_hash=password_hash)


def run_jobs(people: People, *jobs: Job[object], stopping: threading.Event | None = None) -> None:
    """What the schedules do within a minute or two."""
    core = people.server.core
    services = build_job_services(core)
    for job in jobs or (RemoveDeletedRepositories(), RemoveDeletedNamespaces()):
        job.run(JobContext(services, core.database, key="k", attempt=1, stopping=stopping or threading.Event()))


def count(people: People, table: Table, **values: object) -> int:
    """How many rows have these values."""

    def read(work: UnitOfWork) -> int:
        conditions = [table.c[name] == value for name, value in values.items()]
        number: int = work.connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
        return number

    return people.server.core.database.read_now(read)


def fill(people: People, owner: Client) -> str:
    """An organization of the owner with an image, a robot that may pull it, a team and a star."""
    name = people.organization(owner, crew="member")
    create(owner, "app", namespace=name)
    owner.push_image(f"{name}/app", "v1")
    machine = people.robot(name)
    people.grant(f"{name}/app", machine, "read")
    call(owner, "PUT", "/user/starred", {"repository": f"{name}/app"})
    call(owner, "POST", "/user/starred", {"namespace": name, "repository": "app"})
    return name


def test_a_deleted_organization_is_gone_at_once_with_everything_under_it(people: People, ada: Client) -> None:
    name = fill(people, ada)
    machine = people.robot(name, "second")
    organization = people.account(name)
    people.grant(f"{name}/app", machine, "read")
    bearer = machine.bearing(f"repository:{name}/app:pull")

    assert Browser(people, ada.name).call("DELETE", f"/organization/{name}").status == 204

    assert call(ada, "GET", f"/organization/{name}").status == 404
    assert call(ada, "GET", f"/repository/{name}/app").status in {403, 404}
    assert [each["name"] for each in get(ada, "/user/")["organizations"]] == []
    assert get(ada, "/user/starred")["repositories"] == []
    assert get(ada, f"/find/repositories?query={name}")["results"] == []
    assert machine.ask_token().status == 401
    assert bearer.call("GET", f"/v2/{name}/app/manifests/v1").status == 404
    assert count(people, manifest) > 0
    assert count(people, account, id=organization.id, kind="deleted") == 1


def test_jobs_remove_what_was_under_it_in_small_steps(people: People, ada: Client) -> None:
    name = fill(people, ada)
    organization = people.account(name)
    place = people.server.core.database.read_now(
        lambda work: work.connection.execute(select(repository.c.id).where(repository.c.name == f"{name}/app")).scalar_one()
    )
    assert Browser(people, ada.name).call("DELETE", f"/organization/{name}").status == 204

    run_jobs(people, RemoveDeletedNamespaces())
    assert count(people, account, id=organization.id) == 1, "a namespace waits for its repositories"
    run_jobs(people)

    for table in (tag, manifest, repository_permission, star):
        assert count(people, table, repository_id=place) == 0, table.name
    assert count(people, repository, id=place) == 0
    assert count(people, robot, namespace_id=organization.id) == 0
    assert count(people, team, organization_id=organization.id) == 0
    assert count(people, account, id=organization.id) == 0
    assert count(people, pull_counter, repository_id=place) == 0
    assert count(people, repository_gram, name=f"{name}/app") == 0
    assert count(people, audit_log, namespace_id=organization.id) > 0, "the log outlives what it tells of"


def test_a_removal_that_is_interrupted_goes_on_later(people: People, ada: Client) -> None:
    name = people.organization(ada)
    for number in range(3):
        people.robot(name, f"ci{number}")
    organization = people.account(name)
    assert Browser(people, ada.name).call("DELETE", f"/organization/{name}").status == 204

    stopping = threading.Event()
    stopping.set()
    with pytest.raises(JobStopped):
        run_jobs(people, RemoveDeletedNamespaces(), stopping=stopping)
    assert count(people, account, id=organization.id) == 1
    run_jobs(people)
    assert count(people, account, id=organization.id) == 0


def test_the_name_is_free_at_once_and_nothing_old_shows_under_it(people: People, ada: Client) -> None:
    name = fill(people, ada)
    old = people.account(name)
    browser = Browser(people, ada.name)
    assert browser.call("DELETE", f"/organization/{name}").status == 204

    assert browser.call("POST", "/organization/", {"name": name}).status == 201
    assert create(ada, "app", namespace=name).status == 201
    assert browser.call("PUT", f"/organization/{name}/robots/ci").status == 201
    new = people.account(name)
    assert new.id > old.id
    kinds = [entry["kind"] for entry in browser.call("GET", f"/repository/{name}/app/logs").json["logs"]]
    assert kinds == ["create_repo"]
    assert get(ada, f"/repository/{name}/app")["tags"] == {}

    run_jobs(people)
    assert get(ada, f"/repository/{name}/app")["name"] == "app"
    assert [found["name"] for found in get(ada, f"/find/repositories?query={name}")["results"]] == ["app"]
    assert people.account(name).id == new.id


def test_a_removed_repository_does_not_leave_its_id_to_the_next(people: People, ada: Client) -> None:
    def newest() -> int:
        number: int = people.server.core.database.read_now(
            lambda work: work.connection.execute(select(func.max(repository.c.id))).scalar_one()
        )
        return number

    create(ada, "old")
    old = newest()
    assert call(ada, "DELETE", f"/repository/{ada.name}/old").status == 204
    run_jobs(people)
    assert count(people, repository, id=old) == 0

    create(ada, "new")
    assert newest() > old
    kinds = [entry["kind"] for entry in get(ada, f"/repository/{ada.name}/new/logs")["logs"]]
    assert kinds == ["create_repo"]


def test_a_freed_name_is_nobody_elses_until_old_tokens_have_ended(
    people: People, ada: Client, stranger: Client, server_clock: ManualClock
) -> None:
    name = people.organization(ada)
    assert Browser(people, ada.name).call("DELETE", f"/organization/{name}").status == 204

    refused = call(stranger, "POST", "/organization/", {"name": name})
    assert (refused.status, "short time ago" in refused.json["message"]) == (400, True)
    server_clock.advance(seconds=3721)
    assert call(stranger, "POST", "/organization/", {"name": name}).status == 201


def test_a_deleted_user_is_gone_at_once_everywhere(people: People, ada: Client, stranger: Client) -> None:
    create(ada, "app")
    ada.push_image(f"{ada.name}/app", "v1")
    machine = people.robot(ada.name)
    elsewhere = people.repository(stranger)
    people.grant(elsewhere, ada, "write")
    organization = people.organization(stranger, crew="member")
    people.join(organization, "crew", ada)
    user = people.account(ada.name)
    browser = Browser(people, ada.name)

    assert browser.call("DELETE", "/user/").status == 204

    assert browser.call("GET", "/user/").status == 401
    assert call(ada, "GET", "/user/").status == 401
    assert (ada.ask_token().status, machine.ask_token().status) == (401, 401)
    assert call(stranger, "GET", f"/users/{ada.name}").status == 404
    assert get(stranger, f"/repository/{elsewhere}/permissions/user/")["permissions"].keys() == {stranger.name}
    assert get(stranger, f"/organization/{organization}/team/crew/members")["members"] == []
    assert get(stranger, f"/entities/{ada.name}")["results"] == []
    run_jobs(people)
    assert count(people, account, id=user.id) == 0
    assert count(people, team_member, user_id=user.id) == 0


def test_the_last_admin_of_an_organization_stays(people: People, ada: Client) -> None:
    name = people.organization(ada)
    browser = Browser(people, ada.name)
    refused = browser.call("DELETE", "/user/")
    assert (refused.status, name in refused.json["message"]) == (400, True)
    assert browser.call("GET", "/user/").json["username"] == ada.name


def test_a_superuser_deletes_a_namespace_with_its_repositories(people: People, password_hash: str, ada: Client) -> None:
    root = people.user("root", password_hash=password_hash, is_superuser=True)
    name = fill(people, ada)
    browser = Browser(people, root.name)

    assert browser.call("DELETE", f"/superuser/organizations/{name}").status == 204
    assert browser.call("DELETE", f"/superuser/users/{ada.name}").status == 204

    assert ada.ask_token().status == 401
    listed = browser.call("GET", "/superuser/users/").json["users"]
    assert ada.name not in {user["username"] for user in listed}
    run_jobs(people)
    assert count(people, repository, name=f"{name}/app") == 0
