"""Permissions on repositories in the REST API (api-v1/repositories, section 2)."""

import asyncio
from dataclasses import dataclass

import pytest

from tests.registry.client import Client, Server
from tests.registry.people import People
from tests.repositories.api import call, create, get, read_log


@dataclass
class Harbour:
    """An organization with a repository, a team `crew` and a robot."""

    owner: Client
    name: str
    repository: str
    robot: Client

    def path(self, rest: str) -> str:
        return f"/repository/{self.repository}/permissions/{rest}"


@pytest.fixture
def harbour(people: People, owner: Client) -> Harbour:
    name = people.organization(owner, crew="member")
    assert create(owner, "tools/app", namespace=name).status == 201
    return Harbour(owner, name, f"{name}/tools/app", people.robot(name))


def test_users_and_robots_are_given_roles(people: People, harbour: Harbour, stranger: Client) -> None:
    for holder, role in ((stranger.name, "read"), (harbour.robot.name, "write")):
        answer = call(harbour.owner, "PUT", harbour.path(f"user/{holder}"), {"role": role})
        assert (answer.status, answer.json["role"], answer.json["name"]) == (200, role, holder)
    held = get(harbour.owner, harbour.path("user/"))["permissions"]

    assert set(held) == {harbour.owner.name, stranger.name, harbour.robot.name}
    robot = held[harbour.robot.name]
    assert (robot["is_robot"], robot["is_org_member"], robot["avatar"]["kind"]) == (True, True, "robot")
    assert (held[stranger.name]["is_robot"], held[stranger.name]["is_org_member"]) == (False, False)
    assert held[harbour.owner.name]["is_org_member"]
    assert get(harbour.owner, harbour.path(f"user/{stranger.name}")) == held[stranger.name]
    assert get(stranger, f"/repository/{harbour.repository}")["can_write"] is False


def test_a_robots_plus_sign_may_be_written_plainly_or_escaped(harbour: Harbour) -> None:
    for name in (harbour.robot.name, harbour.robot.name.replace("+", "%2B")):
        assert call(harbour.owner, "PUT", harbour.path(f"user/{name}"), {"role": "read"}).json["name"] == harbour.robot.name


def test_each_change_of_a_permission_is_logged_once(people: People, harbour: Harbour, stranger: Client) -> None:
    path = harbour.path(f"user/{stranger.name}")
    for role in ("read", "read", "write"):
        assert call(harbour.owner, "PUT", path, {"role": role}).status == 200
    assert call(harbour.owner, "DELETE", path).status == 204

    entries = read_log(people, harbour.name, "add_repo_permission", "change_repo_permission", "delete_repo_permission")
    assert [(entry.kind, entry.metadata["username"], entry.metadata["role"]) for entry in entries] == [
        ("add_repo_permission", stranger.name, "read"),
        ("change_repo_permission", stranger.name, "write"),
        ("delete_repo_permission", stranger.name, "write"),
    ]
    assert {entry.performer_name for entry in entries} == {harbour.owner.name}
    assert call(stranger, "GET", f"/repository/{harbour.repository}").status == 403


def test_teams_are_given_roles(people: People, harbour: Harbour, stranger: Client) -> None:
    path = harbour.path("team/crew")
    assert call(harbour.owner, "GET", path).json["message"] == "Team does not have permission for repo."
    answer = call(harbour.owner, "PUT", path, {"role": "write", "name": "crew"})

    assert (answer.status, answer.json["role"], answer.json["name"], answer.json["avatar"]["kind"]) == (200, "write", "crew", "team")
    assert get(harbour.owner, path) == {"role": "write"}
    assert get(harbour.owner, harbour.path("team/"))["permissions"] == {"crew": answer.json}
    people.join(harbour.name, "crew", stranger)
    assert get(stranger, f"/repository/{harbour.repository}")["can_write"]
    assert call(harbour.owner, "DELETE", path).status == 204
    assert call(harbour.owner, "DELETE", path).status == 400
    assert read_log(people, harbour.name, "delete_repo_permission")[0].metadata["team"] == "crew"


@pytest.mark.parametrize(
    ("holder", "body", "text"),
    [
        ("user/nobody-of-this-name", {"role": "read"}, "Invalid username: nobody-of-this-name"),
        ("user/{organization}", {"role": "read"}, "Invalid username: "),
        ("user/nobody%00", {"role": "read"}, "Invalid username: "),
        ("user/{foreign_robot}", {"role": "read"}, "Cannot add robot {foreign_robot} under namespace {organization}"),
        ("user/{stranger}", {"role": "captain"}, "Invalid role: use one of read, write, admin."),
        ("user/{stranger}", {}, "role"),
        ("team/nobody", {"role": "read"}, "Invalid team: nobody"),
    ],
)
def test_a_permission_that_cannot_be_given_is_refused(
    people: People, harbour: Harbour, stranger: Client, holder: str, body: dict[str, str], text: str
) -> None:
    facts = {"organization": harbour.name, "stranger": stranger.name, "foreign_robot": ""}
    if "foreign_robot" in holder:
        facts["foreign_robot"] = people.robot(stranger.name).name
    answer = call(harbour.owner, "PUT", harbour.path(holder.format(**facts)), body)

    assert answer.status == 400
    assert text.format(**facts) in answer.json["message"]


def test_who_has_no_permission_of_its_own_is_told_so(harbour: Harbour, stranger: Client) -> None:
    for method in ("GET", "DELETE"):
        answer = call(harbour.owner, method, harbour.path(f"user/{stranger.name}"))
        assert (answer.status, answer.json["message"]) == (400, "User does not have permission for repo.")


def test_the_owner_of_a_namespace_cannot_lose_rights_in_it(owner: Client, repository: str) -> None:
    path = f"/repository/{repository}/permissions/user/{owner.name}"
    for answer in (call(owner, "PUT", path, {"role": "read"}), call(owner, "DELETE", path)):
        assert (answer.status, answer.json["message"]) == (400, "Namespace owner must always be admin.")
    view = call(owner, "PUT", path, {"role": "admin"}).json
    assert (view["role"], "is_org_member" in view) == ("admin", False)


def test_transitive_roles_are_the_own_one_and_those_of_teams(people: People, harbour: Harbour, stranger: Client) -> None:
    path = harbour.path(f"user/{stranger.name}/transitive")
    assert call(harbour.owner, "GET", path).status == 404
    call(harbour.owner, "PUT", harbour.path(f"user/{stranger.name}"), {"role": "read"})
    call(harbour.owner, "PUT", harbour.path("team/crew"), {"role": "write"})
    people.join(harbour.name, "crew", stranger)

    assert get(harbour.owner, path) == {"permissions": [{"role": "read"}, {"role": "write"}]}


def test_an_explanation_names_every_grant(people: People, harbour: Harbour, stranger: Client) -> None:
    call(harbour.owner, "PUT", harbour.path(f"user/{stranger.name}"), {"role": "read"})
    call(harbour.owner, "PUT", harbour.path("team/crew"), {"role": "write"})
    call(harbour.owner, "POST", f"/repository/{harbour.repository}/changevisibility", {"visibility": "public"})
    people.join(harbour.name, "crew", stranger)

    assert get(harbour.owner, harbour.path(f"explain?user={stranger.name}")) == {
        "name": stranger.name,
        "is_robot": False,
        "role": "write",
        "grants": [
            {"source": "public", "role": "read"},
            {"source": "direct", "role": "read"},
            {"source": "team", "role": "write", "team": "crew"},
            {"source": "namespace", "role": None, "team": "crew", "team_role": "member"},
        ],
    }
    of_owner = get(harbour.owner, harbour.path(f"explain?user={harbour.owner.name}"))
    assert (of_owner["role"], of_owner["grants"][-1]["team"], of_owner["grants"][-1]["role"]) == ("admin", "owners", "admin")
    assert call(harbour.owner, "GET", harbour.path("explain?user=nobody-at-all")).status == 400


def test_an_explanation_tells_of_the_owner_and_of_robots(people: People, owner: Client, repository: str) -> None:
    robot = people.robot(owner.name)
    path = f"/repository/{repository}/permissions/explain?user="

    assert {"source": "owner", "role": "admin"} in get(owner, path + owner.name)["grants"]
    assert get(owner, path + robot.name.replace("+", "%2B")) == {"name": robot.name, "is_robot": True, "role": None, "grants": []}


@pytest.mark.parametrize("role", ["read", "write", None])
def test_only_admins_deal_with_permissions(people: People, harbour: Harbour, stranger: Client, role: str | None) -> None:
    if role is not None:
        people.grant(harbour.repository, stranger, role)
    calls = [
        ("GET", "user/", None),
        ("GET", "team/", None),
        ("GET", "team/crew", None),
        ("GET", f"user/{stranger.name}", None),
        ("GET", f"user/{stranger.name}/transitive", None),
        ("GET", f"explain?user={stranger.name}", None),
        ("PUT", f"user/{stranger.name}", {"role": "admin"}),
        ("PUT", "team/crew", {"role": "admin"}),
        ("DELETE", f"user/{harbour.owner.name}", None),
        ("DELETE", "team/crew", None),
    ]

    assert {call(stranger, method, harbour.path(rest), body).status for method, rest, body in calls} == {403}
    assert {call(people.anonymous, method, harbour.path(rest)).status for method, rest, _ in calls if method == "GET"} == {401}


def test_old_tokens_of_repositories_are_gone(owner: Client, stranger: Client, repository: str) -> None:
    for method, rest in (("GET", "tokens/"), ("POST", "tokens"), ("GET", "tokens/x"), ("PUT", "tokens/x"), ("DELETE", "tokens/x")):
        answer = call(owner, method, f"/repository/{repository}/{rest}")
        assert (answer.status, list(answer.json)) == (410, ["message"])
        assert call(stranger, method, f"/repository/{repository}/{rest}").status == 403


def test_roles_that_are_given_at_once_leave_one_permission(server: Server, harbour: Harbour, stranger: Client) -> None:
    target = f"/api/v1{harbour.path(f'user/{stranger.name}')}"
    json_type = {"content-type": "application/json"}

    async def give() -> list[int]:
        calls = [harbour.owner.send("PUT", target, body=b'{"role":"%s"}' % role, headers=json_type) for role in (b"read", b"write") * 8]
        return [answer.status for answer in await asyncio.gather(*calls)]

    assert server.run(give()) == [200] * 16
    assert get(harbour.owner, harbour.path(f"user/{stranger.name}"))["role"] in ("read", "write")
