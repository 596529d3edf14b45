"""An organization set up by a script, twice; then everybody logs in with real clients and proves what they may."""

from dataclasses import dataclass

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.platform_engineer import Plan, Team, apply, find_robot, read_state
from tests.e2e.web import ManagementSession
from tests.services.images import ImageLayout
from tests.services.server import PASSWORD, PierheadServer

_PEOPLE = ("developer", "operator", "auditor")
_PLAN = Plan(
    organization="fleet",
    teams={
        "developers": Team("creator", ("developer",)),
        "operators": Team("member", ("operator",)),
        "auditors": Team("member", ("auditor",)),
    },
    robots=("builder", "deployer"),
    defaults={"operators": "write", "auditors": "read"},
    repositories={"api": "private", "web": "private", "docs": "public"},
    robot_roles={("api", "builder"): "write", ("api", "deployer"): "read", ("web", "deployer"): "read"},
)


@dataclass(frozen=True, slots=True)
class Rights:
    """Where somebody may pull and push, by the short names of repositories, and whether a push may create one."""

    pulls: frozenset[str]
    pushes: frozenset[str] = frozenset()
    creates: bool = False


_ALL = frozenset(_PLAN.repositories)
_PUBLIC = frozenset({"docs"})
_RIGHTS = {
    "owner": Rights(_ALL, _ALL, creates=True),
    "developer": Rights(_PUBLIC, creates=True),  # a creator has no right to what others created
    "operator": Rights(_ALL, _ALL),
    "auditor": Rights(_ALL),
    "fleet+builder": Rights(frozenset({"api", "docs"}), frozenset({"api"})),
    "fleet+deployer": Rights(_ALL),
    "stranger": Rights(_PUBLIC),
}


@pytest.fixture(scope="module")
def session(server: PierheadServer) -> ManagementSession:
    """The engineer, who owns the organization."""
    for name in _PEOPLE:
        server.create_user(name)
    return ManagementSession(server.url, Account("owner", PASSWORD))


@pytest.fixture(scope="module")
def accounts(session: ManagementSession) -> dict[str, Account]:
    """Everybody, with what they log in by. The script has run."""
    apply(session, _PLAN)
    robots = [find_robot(session, _PLAN, name) for name in _PLAN.robots]
    people = [Account(name, PASSWORD) for name in ("owner", "stranger", *_PEOPLE)]
    return {account.name: account for account in (*people, *robots)}


def test_the_script_changes_nothing_when_it_runs_again(session: ManagementSession, accounts: dict[str, Account]) -> None:
    before = read_state(session, _PLAN)
    assert {team["name"] for team in before["organization"]["teams"].values()} == {"owners", *_PLAN.teams}
    assert len(before["robots"]["robots"]) == len(_PLAN.robots)

    apply(session, _PLAN)

    assert read_state(session, _PLAN) == before


@pytest.mark.parametrize("who", _RIGHTS)
def test_everybody_logs_in_with_docker(who: str, docker: Client, server: PierheadServer, accounts: dict[str, Account]) -> None:
    account = accounts[who]

    said = docker.run("login", "-u", account.name, "--password-stdin", server.address, given=account.password)

    assert "Login Succeeded" in said


@pytest.mark.parametrize("who", _RIGHTS)
def test_everybody_pushes_and_pulls_where_they_may_and_nowhere_else(
    who: str,
    skopeo: Client,
    crane: Client,
    server: PierheadServer,
    accounts: dict[str, Account],
    images: ImageLayout,
) -> None:
    account = accounts[who]
    _fill(skopeo, server, accounts["owner"], images)
    for client, word in ((skopeo, "login"), (crane, "auth")):
        options = ("--tls-verify=false",) if word == "login" else ("login",)
        client.run(word, *options, "-u", account.name, "--password-stdin", server.address, given=account.password)

    pulled = {name for name in _PLAN.repositories if _may(crane, "manifest", _image(server, name))}
    pushed = {name for name in _PLAN.repositories if _may(skopeo, *_push(images, server, name, tag=f"by-{who.replace('+', '-')}"))}
    creates = _may(skopeo, *_push(images, server, f"new-{who.replace('+', '-')}"))

    assert Rights(frozenset(pulled), frozenset(pushed), creates) == _RIGHTS[who]


def test_nobody_in_particular_pulls_what_is_public_only(
    skopeo: Client, crane: Client, server: PierheadServer, accounts: dict[str, Account], images: ImageLayout
) -> None:
    _fill(skopeo, server, accounts["owner"], images)

    assert {name for name in _PLAN.repositories if _may(crane, "manifest", _image(server, name))} == _PUBLIC


def _fill(skopeo: Client, server: PierheadServer, owner: Account, images: ImageLayout) -> None:
    """There is an image in each repository to pull."""
    for name in _PLAN.repositories:
        skopeo.run("copy", "--dest-creds", owner.credentials, images.reference("one"), f"docker://{_image(server, name)}")


def _push(images: ImageLayout, server: PierheadServer, name: str, *, tag: str = "v1") -> tuple[str, ...]:
    return ("copy", images.reference("one"), f"docker://{server.address}/{_PLAN.organization}/{name}:{tag}")


def _image(server: PierheadServer, name: str) -> str:
    return f"{server.address}/{_PLAN.organization}/{name}:v1"


def _may(client: Client, *arguments: str) -> bool:
    """Whether it works; a refusal says so, and nothing else went wrong."""
    said = client.attempt(*arguments)
    if said is None:
        return True
    assert "denied" in said.lower() or "unauthorized" in said.lower() or "403" in said, said
    return False
