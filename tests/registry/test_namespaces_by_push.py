"""With `registry.create_namespace_on_push`, a user's push makes the organization that it names (registry-protocol 3.2)."""

import asyncio
import itertools
from collections.abc import Callable

import pytest

from pierhead.audit.store import list_entries_of_namespace
from tests.registry.client import Answer, Client, Server
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, make_image
from tests.registry.people import People

_numbers = itertools.count()


@pytest.fixture
def generous(server: Server, new_server: NewServer) -> Server:
    """A process with the setting on."""
    return new_server(registry=server.settings.registry.model_copy(update={"create_namespace_on_push": True}))


@pytest.fixture
def namespace() -> str:
    """A name that nobody bears yet."""
    return f"made-by-push{next(_numbers)}"


def bearing(client: Client, name: str) -> Client:
    return client.bearing(f"repository:{name}:pull,push")


def as_it_is(client: Client, _name: str) -> Client:
    return client


@pytest.mark.parametrize("show", [as_it_is, bearing], ids=["basic", "token"])
def test_a_first_push_makes_the_organization_of_its_pusher(
    people: People, owner: Client, generous: Server, namespace: str, show: Callable[[Client, str], Client]
) -> None:
    name = f"{namespace}/app"
    pusher = show(owner.at(generous), name)
    for before in (pusher.call("HEAD", f"/v2/{name}/manifests/v1"), pusher.blob(name, digest_of(b"x")), pusher.tags(name)):
        assert before.status == 404
    image = pusher.push_image(name, "v1")

    assert pusher.pull(name, "v1")["docker-content-digest"] == image.digest
    assert people.user("stranger").pull(name, "v1").status == 403
    organization = people.account(namespace)
    assert organization.is_organization
    entries = generous.core.database.read_now(lambda work: list_entries_of_namespace(work.connection, organization.id, 10))
    assert [(entry.kind, entry.performer_name) for entry in reversed(entries)][:2] == [
        ("org_create", owner.name),
        ("create_repo", owner.name),
    ]
    # From then on it is an organization like any other, with the setting off as well.
    owner.push_image(f"{namespace}/second", "v1")


def test_without_the_setting_nobody_makes_one(owner: Client, namespace: str) -> None:
    assert owner.call("POST", f"/v2/{namespace}/app/blobs/uploads/").status == 403
    assert owner.pull(f"{namespace}/app", "v1").status == 403
    assert owner.ask_token(f"repository:{namespace}/app:pull,push").status == 200
    assert bearing(owner, f"{namespace}/app").call("POST", f"/v2/{namespace}/app/blobs/uploads/").status == 403


def test_robots_and_strangers_make_none(people: People, owner: Client, generous: Server, namespace: str, anonymous: Client) -> None:
    for caller, status in ((people.robot(owner.name), 403), (anonymous, 401)):
        for shown in (caller.at(generous), bearing(caller.at(generous), f"{namespace}/app")):
            assert shown.call("POST", f"/v2/{namespace}/app/blobs/uploads/").status == status
            assert shown.push_manifest(f"{namespace}/app", "v1", make_image().content).status == status


@pytest.mark.parametrize("name", ["v2", "api", "a", "a..b", "a-", "a__b"])
def test_what_is_no_name_of_an_organization_stays_missing(owner: Client, generous: Server, name: str) -> None:
    pusher = owner.at(generous)

    for shown in (pusher, bearing(pusher, f"{name}/app")):
        assert shown.call("POST", f"/v2/{name}/app/blobs/uploads/").status == 403


def test_a_user_who_was_disabled_meanwhile_makes_none(people: People, owner: Client, generous: Server, namespace: str) -> None:
    bearer = bearing(owner.at(generous), f"{namespace}/app")
    people.disable(owner.name)

    assert bearer.call("POST", f"/v2/{namespace}/app/blobs/uploads/").status == 403


def test_looking_makes_nothing(owner: Client, generous: Server, namespace: str) -> None:
    bearer = bearing(owner.at(generous), f"{namespace}/app")
    bearer.tags(f"{namespace}/app")

    assert owner.pull(f"{namespace}/app", "v1").status == 403


def test_many_first_pushes_at_once_make_one_organization(people: People, owner: Client, generous: Server, namespace: str) -> None:
    pusher = bearing(owner.at(generous), f"{namespace}/app")

    async def push() -> list[Answer]:
        target = f"/v2/{namespace}/app/blobs/uploads/"
        return await asyncio.gather(*(pusher.send("POST", target) for _ in range(8)))

    assert [answer.status for answer in generous.run(push())] == [202] * 8
    assert people.account(namespace).is_organization
