"""Default permissions in the REST API (api-v1/accounts, section 7)."""

from typing import Any

import pytest

from tests.registry.client import Client
from tests.registry.people import People
from tests.repositories.api import call, create, get, read_log


@pytest.fixture
def organization(people: People, owner: Client) -> str:
    return people.organization(owner, crew="creator")


def add(client: Client, organization: str, role: str, delegate: str, kind: str = "user", activating: str | None = None) -> Any:
    body = {"role": role, "delegate": {"name": delegate, "kind": kind}}
    answer = call(
        client,
        "POST",
        f"/organization/{organization}/prototypes",
        body if activating is None else {**body, "activating_user": {"name": activating}},
    )
    assert answer.status == 200, answer
    return answer.json


def roles(client: Client, repository: str) -> dict[str, str]:
    held = get(client, f"/repository/{repository}/permissions/user/")["permissions"]
    teams = get(client, f"/repository/{repository}/permissions/team/")["permissions"]
    return {name: each["role"] for name, each in {**held, **teams}.items()}


def test_a_new_repository_starts_with_them(people: People, owner: Client, stranger: Client, organization: str) -> None:
    robot = people.robot(organization)
    add(owner, organization, "read", stranger.name)
    add(owner, organization, "write", robot.name)
    add(owner, organization, "write", "crew", "team")
    create(owner, "app", namespace=organization)
    owner.push_image(f"{organization}/pushed", "v1")

    expected = {owner.name: "admin", stranger.name: "read", robot.name: "write", "crew": "write"}
    assert roles(owner, f"{organization}/app") == expected
    assert roles(owner, f"{organization}/pushed") == expected


def test_one_with_an_activating_user_is_for_what_that_user_creates(
    people: People, owner: Client, stranger: Client, organization: str
) -> None:
    creator = people.user("creator")
    people.join(organization, "crew", creator)
    add(owner, organization, "read", stranger.name)
    add(owner, organization, "write", stranger.name, activating=creator.name)
    add(owner, organization, "read", creator.name)
    create(owner, "first", namespace=organization)
    create(creator, "second", namespace=organization)

    assert roles(owner, f"{organization}/first") == {owner.name: "admin", stranger.name: "read", creator.name: "read"}
    assert roles(creator, f"{organization}/second") == {creator.name: "admin", stranger.name: "write"}


def test_they_are_listed_changed_and_deleted(people: People, owner: Client, stranger: Client, organization: str) -> None:
    rule = add(owner, organization, "read", stranger.name, activating=owner.name)
    path = f"/organization/{organization}/prototypes"
    assert (rule["role"], rule["activating_user"]["name"], rule["activating_user"]["is_org_member"]) == ("read", owner.name, True)
    assert (rule["delegate"]["name"], rule["delegate"]["kind"], rule["delegate"]["is_robot"]) == (stranger.name, "user", False)
    assert get(owner, path) == {"prototypes": [rule]}

    for _ in range(2):
        assert call(owner, "PUT", f"{path}/{rule['id']}", {"role": "write"}).json == {**rule, "role": "write"}
    assert call(owner, "DELETE", f"{path}/{rule['id']}").status == 204
    assert [call(owner, method, f"{path}/{rule['id']}", {"role": "read"}).status for method in ("PUT", "DELETE")] == [404, 404]
    kinds = ("create_prototype_permission", "modify_prototype_permission", "delete_prototype_permission")
    entries = read_log(people, organization, *kinds)
    assert [entry.kind for entry in entries] == list(kinds)
    assert (entries[1].metadata["role"], entries[1].metadata["original_role"]) == ("write", "read")
    assert {entry.metadata["delegate_user"] for entry in entries} == {stranger.name}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"role": "captain"}, "Invalid role"),
        ({"delegate": {"name": "nobody-here", "kind": "user"}}, "Missing delegate user or team"),
        ({"delegate": {"name": "nobody-here", "kind": "team"}}, "Missing delegate user or team"),
        ({"delegate": {"name": "crew", "kind": "ship"}}, "Missing delegate user or team"),
        ({"delegate": {"name": "\0", "kind": "user"}}, "Missing delegate user or team"),
        ({"activating_user": {"name": "nobody-here"}}, "Unknown activating user"),
        ({"delegate": None}, "delegate"),
    ],
)
def test_one_that_makes_no_sense_is_refused(owner: Client, organization: str, changes: dict[str, Any], text: str) -> None:
    body = {"role": "read", "delegate": {"name": "crew", "kind": "team"}, **changes}
    answer = call(owner, "POST", f"/organization/{organization}/prototypes", body)

    assert answer.status == 400
    assert text in answer.json["message"]


def test_only_admins_of_the_organization_deal_with_them(
    people: People, owner: Client, stranger: Client, organization: str, repository: str
) -> None:
    people.join(organization, "crew", stranger)
    rule = add(owner, organization, "read", stranger.name)
    path = f"/organization/{organization}/prototypes"
    body = {"role": "admin", "delegate": {"name": stranger.name, "kind": "user"}}
    calls = [("GET", path), ("POST", path), ("PUT", f"{path}/{rule['id']}"), ("DELETE", f"{path}/{rule['id']}")]

    assert {call(stranger, method, target, body).status for method, target in calls} == {403}
    assert call(people.anonymous, "GET", path).status == 401
    assert call(owner, "GET", f"/organization/{owner.name}/prototypes").status == 404
