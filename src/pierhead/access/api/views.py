"""The JSON objects of users, organizations, robots and application tokens (api-v1/accounts, section 1)."""

from typing import Any

from pierhead.access.api.routing import format_date
from pierhead.access.manage_organizations import OrganizationView
from pierhead.access.manage_robots import RobotView
from pierhead.access.manage_user import OwnView
from pierhead.access.model.application_tokens import ApplicationToken
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import can_create_repositories, parse_namespace_role
from pierhead.access.model.roles import NamespaceRole
from pierhead.accounts.model.accounts import Membership, Team
from pierhead.accounts.model.avatars import make_avatar


def view_user(view: OwnView, caller: Identity) -> dict[str, Any]:
    """UserView of the caller itself."""
    account = view.account
    shown: dict[str, Any] = {
        "anonymous": False,
        "username": account.name,
        "avatar": make_avatar(account.name, account.email, "user"),
        "can_create_repo": True,
        "is_me": True,
        "verified": account.is_verified,
        "email": account.email,
        "invoice_email": False,
        "invoice_email_address": None,
        "preferred_namespace": False,
        "tag_expiration_s": account.tag_window_seconds,
        "company": None,
        "family_name": None,
        "given_name": None,
        "location": None,
        "is_free_account": True,
        "has_password_set": account.has_password,
        "logins": [],
        "prompts": [],
        "organizations": _view_organizations(view.memberships),
    }
    return {**shown, "super_user": True} if caller.is_superuser else shown


def _view_organizations(memberships: list[Membership]) -> list[dict[str, Any]]:
    """One entry for each organization, with the highest role that its teams give."""
    roles: dict[str, NamespaceRole] = {}
    for membership in memberships:
        role = parse_namespace_role(membership.role)
        roles[membership.organization] = max(role, roles.get(membership.organization, NamespaceRole.NONE))
    return [
        {
            "name": name,
            "avatar": make_avatar(name, None, "org"),
            "can_create_repo": can_create_repositories(role),
            "public": False,
            "is_org_admin": role is NamespaceRole.ADMIN,
            "preferred_namespace": False,
        }
        for name, role in roles.items()
    ]


def view_organization(view: OrganizationView) -> dict[str, Any]:
    """OrgView: members see the teams, admins the settings."""
    organization, is_admin = view.organization, view.role is NamespaceRole.ADMIN
    shown: dict[str, Any] = {
        "name": organization.name,
        "email": (organization.email or "") if is_admin else "",
        "avatar": make_avatar(organization.name, organization.email, "user"),
        "is_admin": is_admin,
        "is_member": view.role > NamespaceRole.NONE,
    }
    if view.role > NamespaceRole.NONE:
        shown["teams"] = {team.name: _view_team(team, can_view=is_admin) for team in view.teams}
        shown["ordered_teams"] = [team.name for team in view.teams]
    if is_admin:
        shown |= {
            "invoice_email": False,
            "invoice_email_address": None,
            "tag_expiration_s": organization.tag_window_seconds,
            "is_free_account": True,
        }
    return shown


def _view_team(team: Team, *, can_view: bool) -> dict[str, Any]:
    return {
        "name": team.name,
        "description": team.description,
        "role": team.role,
        "avatar": make_avatar(team.name, None, "team"),
        "can_view": can_view,
        "repo_count": 0,
        "member_count": team.member_count,
        "is_synced": False,
    }


def view_robot(view: RobotView, *, with_metadata: bool = True) -> dict[str, Any]:
    """Robot; `token` is there when the caller may see it."""
    robot = view.robot
    shown: dict[str, Any] = {
        "name": robot.name,
        "created": format_date(robot.created_at),
        "last_accessed": format_date(robot.last_used_at),
        "description": robot.description,
    }
    if view.token is not None:
        shown["token"] = view.token
    return {**shown, "unstructured_metadata": {}} if with_metadata else shown


def view_application_token(token: ApplicationToken, code: str | None = None) -> dict[str, Any]:
    """AppToken, with `token_code` where the secret is shown."""
    shown = {
        "uuid": token.uuid,
        "title": token.title,
        "last_accessed": format_date(token.last_used_at),
        "created": format_date(token.created_at),
        "expiration": format_date(token.expires_at),
    }
    return shown if code is None else {**shown, "token_code": code}
