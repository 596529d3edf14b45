"""What a platform engineer's script does: describe an organization, and make the registry be so, as often as it is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.client import Account
from tests.e2e.web import Answer, ManagementSession


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the organization and the users in it."""

    role: str
    members: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How the organization is meant to be. Names are short."""

    organization: str
    teams: Mapping[str, Team]
    robots: Sequence[str]
    defaults: Mapping[str, str]  # what a team is given on every new repository
    repositories: Mapping[str, str]  # visibility
    robot_roles: Mapping[tuple[str, str], str] = field(default_factory=dict)  # of (repository, robot)


def apply(session: ManagementSession, plan: Plan) -> None:
    """Make it so. Calls that put something in its place are made every time; the others only where something is missing."""
    base = f"/api/v1/organization/{plan.organization}"
    if session.get(base).status == 404:
        session.create_organization(plan.organization)
    for name, team in plan.teams.items():
        _expect(session.call("PUT", f"{base}/team/{name}", {"role": team.role, "description": f"The {name}"}), 200)
        present = {member["name"] for member in _read(session, f"{base}/team/{name}/members")["members"]}
        for member in set(team.members) - present:
            _expect(session.call("PUT", f"{base}/team/{name}/members/{member}", {}), 200)
    for robot in plan.robots:
        if session.get(f"{base}/robots/{robot}").status == 400:
            _expect(session.call("PUT", f"{base}/robots/{robot}", {"description": f"Runs the {robot}"}), 201)
    _apply_defaults(session, base, plan.defaults)
    for repository, visibility in plan.repositories.items():
        _apply_repository(session, plan.organization, repository, visibility)
    for (repository, robot), role in plan.robot_roles.items():
        path = f"/api/v1/repository/{plan.organization}/{repository}/permissions/user/{plan.organization}+{robot}"
        _expect(session.call("PUT", path, {"role": role}), 200)


def read_state(session: ManagementSession, plan: Plan) -> dict[str, Any]:
    """Everything that the plan is about, as the registry tells it."""
    base = f"/api/v1/organization/{plan.organization}"
    repositories = [f"/api/v1/repository/{plan.organization}/{name}" for name in plan.repositories]
    return {
        "organization": _read(session, base),
        "members": {name: _read(session, f"{base}/team/{name}/members") for name in plan.teams},
        "robots": _read(session, f"{base}/robots?permissions=true"),
        "defaults": _read(session, f"{base}/prototypes"),
        # The badge's token is sealed anew for every answer.
        "repositories": [{**_read(session, path), "status_token": None} for path in repositories],
        "users": [_read(session, f"{path}/permissions/user/") for path in repositories],
        "teams": [_read(session, f"{path}/permissions/team/") for path in repositories],
        "log": _count_log(session, base),
    }


def find_robot(session: ManagementSession, plan: Plan, robot: str) -> Account:
    """The robot with its token, as it logs in."""
    found = _read(session, f"/api/v1/organization/{plan.organization}/robots/{robot}")
    return Account(found["name"], found["token"])


def _apply_defaults(session: ManagementSession, base: str, wanted: Mapping[str, str]) -> None:
    there = {each["delegate"]["name"] for each in _read(session, f"{base}/prototypes")["prototypes"]}
    for team, role in wanted.items():
        if team not in there:
            _expect(session.call("POST", f"{base}/prototypes", {"role": role, "delegate": {"name": team, "kind": "team"}}), 200)


def _apply_repository(session: ManagementSession, organization: str, name: str, visibility: str) -> None:
    path = f"/api/v1/repository/{organization}/{name}"
    if session.get(path).status == 404:
        body = {"namespace": organization, "repository": name, "visibility": visibility, "description": f"Images of {name}"}
        _expect(session.call("POST", "/api/v1/repository", body), 201)
    _expect(session.call("POST", f"{path}/changevisibility", {"visibility": visibility}), 200)
    _expect(session.call("PUT", path, {"description": f"Images of {name}"}), 200)


def _count_log(session: ManagementSession, base: str) -> int:
    """How many entries the organization's log has."""
    count, following = 0, ""
    while True:
        page = _read(session, f"{base}/logs?next_page={following}")
        count += len(page["logs"])
        following = page.get("next_page", "")
        if not following:
            return count


def _read(session: ManagementSession, path: str) -> Any:
    return _expect(session.get(path), 200).json()


def _expect(answer: Answer, status: int) -> Answer:
    assert answer.status == status, answer
    return answer
