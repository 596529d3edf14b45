"""The JSON objects of search results and entities (api-v1/repositories, section 3; README, section 6)."""

from collections.abc import Sequence
from typing import Any

from pierhead.access.model.external import ExternalUser
from pierhead.accounts.model.avatars import make_avatar
from pierhead.repositories.api.views import split_name
from pierhead.repositories.find_entities import Entities
from pierhead.repositories.model import FoundAccount, FoundTeam, RepositoryItem
from pierhead.repositories.search import PAGE_SIZE, Everything, FindingsPage


def view_findings(found: FindingsPage, query: str, *, with_usage: bool) -> dict[str, Any]:
    """A page of RepoResult."""
    return {
        "results": [_view_repository(item, found, query, with_usage=with_usage) for item in found.items],
        "has_additional": found.has_additional,
        "page": found.page,
        "page_size": PAGE_SIZE,
        "start_index": (found.page - 1) * PAGE_SIZE,
    }


def view_everything(found: Everything, query: str) -> dict[str, Any]:
    """Results of every kind, the best first; those alike keep the order team, namespace, robot, repository."""
    results = [
        *(_view_team(team, query) for team in found.teams),
        *(_view_account(each, query) for each in found.namespaces),
        *(_view_robot(robot, query) for robot in found.robots),
        *(_view_repository(item, found.repositories, query, with_usage=True) for item in found.repositories.items),
    ]
    return {"results": sorted(results, key=lambda result: -result["score"])}


def view_entities(found: Entities, outsiders: Sequence[ExternalUser] = ()) -> dict[str, Any]:
    """Teams, then users and robots, then the organization, then people of the directory who have no account yet."""
    results: list[dict[str, Any]] = [
        {"name": team, "kind": "team", "is_org_member": True, "avatar": make_avatar(team, None, "team")} for team in found.teams
    ]
    for user in found.users:
        shown = {"name": user.name, "kind": "user", "is_robot": False, "avatar": make_avatar(user.name, user.email, "user")}
        results.append({**shown, "is_org_member": user.is_member} if found.in_organization else shown)
    for robot in found.robots:
        shown = {"name": robot, "kind": "user", "is_robot": True, "avatar": make_avatar(robot, None, "robot")}
        results.append({**shown, "is_org_member": True} if found.in_organization else shown)
    if found.organization is not None:
        avatar = make_avatar(found.organization, None, "org")
        results.append({"name": found.organization, "kind": "org", "is_org_member": True, "avatar": avatar})
    for outsider in outsiders:
        name, email = outsider.username or outsider.subject, outsider.email
        results.append({"name": name, "kind": "external", "title": email or "", "avatar": make_avatar(name, email, "user")})
    return {"results": results}


def _score(name: str, query: str) -> float:
    """The whole name counts more than its beginning, and that more than a part of it."""
    text = query.lower()
    if name == text:
        return 4.0
    return 2.0 if name.startswith(text) else 1.0


def _view_repository(item: RepositoryItem, found: FindingsPage, query: str, *, with_usage: bool) -> dict[str, Any]:
    names = split_name(item.name)
    owner = found.namespaces[names["namespace"]]
    shown: dict[str, Any] = {
        "kind": "repository",
        "title": "repo",
        "namespace": _view_account(owner, query),
        "name": names["name"],
        "description": item.description,
        "is_public": item.is_public,
        "score": _score(names["name"], query),
        "href": f"/repository/{item.name}",
    }
    if with_usage:
        shown["last_modified"] = None if item.modified_ms is None else item.modified_ms // 1000
        shown["stars"] = found.stars.get(item.id, 0)
        shown["popularity"] = float(found.pulls.get(item.id, 0))
    return shown


def _view_account(found: FoundAccount, query: str) -> dict[str, Any]:
    title, kind = ("org", "organization") if found.is_organization else ("user", "user")
    return {
        "title": title,
        "kind": kind,
        "avatar": make_avatar(found.name, found.email, title),
        "name": found.name,
        "score": _score(found.name, query),
        "href": f"/{kind}/{found.name}",
    }


def _view_robot(robot: str, query: str) -> dict[str, Any]:
    namespace, _, short = robot.partition("+")
    return {
        "title": "robot",
        "kind": "robot",
        "avatar": make_avatar(robot, None, "robot"),
        "name": robot,
        "short_name": short,
        "score": _score(short, query),
        "href": f"/organization/{namespace}?tab=robots&showRobot={namespace}%2B{short}",
    }


def _view_team(team: FoundTeam, query: str) -> dict[str, Any]:
    owner = FoundAccount(team.organization, None, is_organization=True, is_member=True)
    return {
        "kind": "team",
        "name": team.name,
        "organization": _view_account(owner, query),
        "avatar": make_avatar(team.name, None, "team"),
        "score": _score(team.name, query),
        "href": f"/organization/{team.organization}/teams/{team.name}",
    }
