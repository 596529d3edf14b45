"""The JSON objects of repositories and of permissions on them (api-v1/repositories)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pierhead.access.api.routing import format_date
from pierhead.access.model.roles import Role
from pierhead.accounts.model.avatars import make_avatar
from pierhead.accounts.model.quotas import RepositoryUsage
from pierhead.repositories.explain_access import Explanation, Reason
from pierhead.repositories.list_repositories import PAGE_SIZE
from pierhead.repositories.manage_repository import RepositoryView, is_writable
from pierhead.repositories.model import DefaultPermission, HeldRole, Holder, HolderKind, RepositoryItem, RoleOnRepository
from pierhead.repositories.services import RepositoryTag


def split_name(name: str) -> dict[str, str]:
    """The two parts of a whole name."""
    namespace, _, short = name.partition("/")
    return {"namespace": namespace, "name": short}


def view_item(
    item: RepositoryItem,
    *,
    with_star: bool,
    with_modified: bool,
    popularity: Mapping[int, int] | None,
    usage: RepositoryUsage | None = None,
) -> dict[str, Any]:
    """RepoItem. `popularity` holds the pulls of repositories by id, None when they were not asked for."""
    shown: dict[str, Any] = {
        **split_name(item.name),
        "description": item.description,
        "is_public": item.is_public,
        "kind": item.kind.value,
        "state": item.state.value,
    }
    if with_modified:
        shown["last_modified"] = None if item.modified_ms is None else item.modified_ms // 1000
    if popularity is not None:
        shown["popularity"] = float(popularity.get(item.id, 0))
    if with_star:
        shown["is_starred"] = item.is_starred
    if usage is not None:
        shown["quota_report"] = {"quota_bytes": usage.size_bytes, "configured_quota": usage.limit_bytes}
    return shown


def view_starred(item: RepositoryItem) -> dict[str, Any]:
    """An entry of the list of stars."""
    return {**split_name(item.name), "description": item.description, "is_public": item.is_public}


def find_next(items: Sequence[RepositoryItem]) -> int | None:
    """The row id after which the next page begins, None on the last page."""
    return items[PAGE_SIZE - 1].id if len(items) > PAGE_SIZE else None


def view_repository(view: RepositoryView, *, status_token: str) -> dict[str, Any]:
    """Repo, without tags and statistics."""
    repository = view.repository
    return {
        **split_name(repository.name),
        "kind": repository.kind.value,
        "description": view.description,
        "is_public": repository.is_public,
        "is_organization": view.is_organization,
        "is_starred": view.is_starred,
        "status_token": "" if repository.is_public else status_token,
        "trust_enabled": False,
        "tag_expiration_s": view.tag_window_seconds,
        "is_free_account": True,
        "state": repository.state.value,
        "can_write": is_writable(view),
        "can_admin": view.role is Role.ADMIN,
    }


def view_tag(tag: RepositoryTag) -> dict[str, Any]:
    """RepoTag."""
    shown = {
        "name": tag.name,
        "size": tag.size_bytes,
        "last_modified": _format_ms(tag.start_ms),
        "manifest_digest": tag.digest,
    }
    return shown if tag.end_ms is None else {**shown, "expiration": _format_ms(tag.end_ms)}


def view_user_permission(held: HeldRole, *, in_organization: bool) -> dict[str, Any]:
    """UserPerm."""
    shown: dict[str, Any] = {
        "role": held.role,
        "name": held.name,
        "is_robot": held.is_robot,
        "avatar": make_avatar(held.name, held.email, "robot" if held.is_robot else "user"),
    }
    return {**shown, "is_org_member": held.is_member} if in_organization else shown


def view_team_permission(team: str, role: str) -> dict[str, Any]:
    """TeamPerm."""
    return {"role": role, "name": team, "avatar": make_avatar(team, None, "team")}


def view_roles(roles: Sequence[RoleOnRepository]) -> dict[str, Any]:
    """What a robot or team was given."""
    shown = [{"repository": {"name": each.name.partition("/")[2], "is_public": each.is_public}, "role": each.role} for each in roles]
    return {"permissions": shown}


def view_default_permission(rule: DefaultPermission) -> dict[str, Any]:
    """Prototype."""
    return {
        "id": rule.uuid,
        "role": rule.role,
        "activating_user": None if rule.activating_user is None else _view_entity(rule.activating_user),
        "delegate": _view_entity(rule.delegate),
    }


def _view_entity(holder: Holder) -> dict[str, Any]:
    if holder.kind is HolderKind.TEAM:
        return {"name": holder.name, "kind": "team", "is_org_member": True, "avatar": make_avatar(holder.name, None, "team")}
    is_robot = holder.kind is HolderKind.ROBOT
    return {
        "name": holder.name,
        "kind": "user",
        "is_robot": is_robot,
        "is_org_member": holder.is_member,
        "avatar": make_avatar(holder.name, holder.email, "robot" if is_robot else "user"),
    }


def view_explanation(explanation: Explanation) -> dict[str, Any]:
    """The role that somebody has, and what gives it."""
    return {
        "name": explanation.name,
        "is_robot": explanation.is_robot,
        "role": _name_role(explanation.role),
        "grants": [_view_reason(reason) for reason in explanation.reasons],
    }


def _view_reason(reason: Reason) -> dict[str, Any]:
    shown: dict[str, Any] = {"source": reason.source, "role": _name_role(reason.role)}
    if reason.team is not None:
        shown["team"] = reason.team
    if reason.team_role is not None:
        shown["team_role"] = reason.team_role
    return shown


def _name_role(role: Role) -> str | None:
    return None if role is Role.NONE else role.name.lower()


def _format_ms(moment_ms: int) -> str | None:
    return format_date(datetime.fromtimestamp(moment_ms // 1000, UTC))
