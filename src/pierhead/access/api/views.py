"""The JSON objects of users, organizations, robots and application tokens (api-v1/accounts, section 1)."""

from collections.abc import Set
from typing import Any

import msgspec

from pierhead.access.api.quotas import view_report
from pierhead.access.api.routing import format_date
from pierhead.access.manage_organizations import MemberView, OrganizationView
from pierhead.access.manage_robots import RobotView
from pierhead.access.manage_team_sync import SyncView
from pierhead.access.manage_user import OwnView
from pierhead.access.model.application_tokens import ApplicationToken
from pierhead.access.model.external import ExternalLogin
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import can_create_repositories, parse_namespace_role
from pierhead.access.model.roles import NamespaceRole
from pierhead.accounts.model.accounts import Account, Federation, Membership, Team, TeamMember
from pierhead.accounts.model.avatars import make_avatar
from pierhead.accounts.model.invitations import Invitee

_SEEN_BY_READERS = frozenset({"name", "avatar", "can_create_repo", "public"})


def view_user(view: OwnView, caller: Identity) -> dict[str, Any]:
    """UserView of the caller itself; a token that may only read the user sees the organizations and no more than strangers else."""
    account = view.account
    if not caller.administers_user:
        return {**view_stranger(account), "organizations": _view_organizations(view.memberships, _SEEN_BY_READERS)}
    shown: dict[str, Any] = {
        "anonymous": False,
        "username": account.name,
        "avatar": make_avatar(account.name, account.email, "user"),
        "can_create_repo": not caller.is_restricted,
        "is_me": True,
        "verified": account.is_verified,
        "email": account.email,
        "invoice_email": account.details.sends_invoices,
        "invoice_email_address": account.details.invoice_email_address,
        "preferred_namespace": False,
        "tag_expiration_s": account.tag_window_seconds,
        "company": account.details.company,
        "family_name": account.details.family_name,
        "given_name": account.details.given_name,
        "location": account.details.location,
        "is_free_account": True,
        "has_password_set": account.has_password,
        "logins": [_view_login(login) for login in view.logins],
        "prompts": ["confirm_username"] if account.must_confirm_name else [],
        "organizations": _view_organizations(view.memberships, _SEEN_BY_READERS | {"is_org_admin", "preferred_namespace"}),
    }
    if view.quota is not None:
        shown |= view_report(view.quota)
    marks = {"super_user": caller.is_superuser, "global_readonly_super_user": caller.is_global_reader}
    return {**shown, **{mark: True for mark, holds in marks.items() if holds}}


def _view_login(login: ExternalLogin) -> dict[str, Any]:
    return {"service": login.service, "service_identifier": login.subject, "metadata": {"service_username": login.username}}


def view_stranger(account: Account) -> dict[str, Any]:
    """UserView of somebody else."""
    return {"anonymous": False, "username": account.name, "avatar": make_avatar(account.name, account.email, "user")}


def _view_organizations(memberships: list[Membership], seen: Set[str]) -> list[dict[str, Any]]:
    """One entry for each organization, with the highest role that its teams give; of each entry what is seen."""
    roles: dict[str, NamespaceRole] = {}
    for membership in memberships:
        role = parse_namespace_role(membership.role)
        roles[membership.organization] = max(role, roles.get(membership.organization, NamespaceRole.NONE))
    entries = (
        {
            "name": name,
            "avatar": make_avatar(name, None, "org"),
            "can_create_repo": can_create_repositories(role),
            "public": False,
            "is_org_admin": role is NamespaceRole.ADMIN,
            "preferred_namespace": False,
        }
        for name, role in roles.items()
    )
    return [{key: value for key, value in entry.items() if key in seen} for entry in entries]


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
        shown["teams"] = {team.name: _view_team(team, view) for team in view.teams}
        shown["ordered_teams"] = [team.name for team in view.teams]
        shown |= {} if view.quota is None else view_report(view.quota)
    if is_admin:
        shown |= {
            "contact_email": organization.details.contact_email,
            "invoice_email": organization.details.sends_invoices,
            "invoice_email_address": organization.details.invoice_email_address,
            "tag_expiration_s": organization.tag_window_seconds,
            "is_free_account": True,
        }
    return shown


def _view_team(team: Team, view: OrganizationView) -> dict[str, Any]:
    return {
        "name": team.name,
        "description": team.description,
        "role": team.role,
        "avatar": make_avatar(team.name, None, "team"),
        "can_view": view.role is NamespaceRole.ADMIN or team.name in view.own_teams,
        "repo_count": view.repository_counts.get(team.name, 0),
        "member_count": team.member_count,
        "is_synced": team.name in view.synced_teams,
    }


def view_team_sync(view: SyncView) -> dict[str, Any]:
    """`can_sync` for those who may let the team follow a group; `synced` when it does, whole for superusers."""
    shown: dict[str, Any] = {} if view.can_sync is None else {"can_sync": dict(view.can_sync)}
    if view.sync is None:
        return shown
    synced: dict[str, Any] = {"service": "ldap" if view.is_directory else "oidc"}
    if view.shows_group:
        group = {"group_dn" if view.is_directory else "group_name": view.sync.group}
        synced |= {"last_updated": format_date(view.sync.synced_at), "config": group}
    return {**shown, "synced": synced}


def view_changed_team(team: Team, *, is_new: bool) -> dict[str, Any]:
    """TeamView2: what an admin gets who has created or changed a team."""
    return {
        "name": team.name,
        "description": team.description,
        "can_view": True,
        "role": team.role,
        "avatar": make_avatar(team.name, None, "team"),
        "new_team": is_new,
    }


def view_team_member(member: TeamMember) -> dict[str, Any]:
    """TeamMember. A robot is a user to clients; `is_robot` tells."""
    return {
        "name": member.name,
        "kind": "user",
        "is_robot": member.is_robot,
        "avatar": make_avatar(member.name, member.email, "robot" if member.is_robot else "user"),
        "invited": member.is_invited,
    }


def view_invited_address(email: str) -> dict[str, Any]:
    """Somebody who was invited by mail and has not answered."""
    return {"email": email, "kind": "invite", "avatar": make_avatar(email, email, "user"), "invited": True}


def view_invitee(invitee: Invitee) -> dict[str, Any]:
    """A user or an address that has not answered an invitation."""
    if invitee.name is None:
        return view_invited_address(invitee.email or "")
    return {
        "name": invitee.name,
        "kind": "user",
        "is_robot": False,
        "avatar": make_avatar(invitee.name, invitee.email, "user"),
        "invited": True,
    }


def view_member(view: MemberView, *, with_teams: bool = True) -> dict[str, Any]:
    """A member or collaborator of an organization."""
    member = view.member
    kind = "robot" if member.is_robot else "user"
    shown: dict[str, Any] = {
        "name": member.name,
        "kind": kind,
        "avatar": make_avatar(member.name, member.email, kind),
        "repositories": list(view.repositories),
    }
    if with_teams:
        shown["teams"] = [{"name": team, "avatar": make_avatar(team, None, "team")} for team in member.teams]
    return shown


def view_robot(view: RobotView, *, with_metadata: bool = True) -> dict[str, Any]:
    """Robot, and RobotItem of lists; `token` is there when the caller may see it."""
    robot = view.robot
    shown: dict[str, Any] = {
        "name": robot.name,
        "created": format_date(robot.created_at),
        "last_accessed": format_date(robot.last_used_at),
        "description": robot.description,
        "token_expires_at": format_date(robot.token_expires_at),
        "previous_token_expires_at": format_date(robot.previous_token_expires_at),
    }
    if view.token is not None:
        shown["token"] = view.token
    if view.grants is not None:
        teams = [{"name": team, "avatar": make_avatar(team, None, "team")} for team in view.grants.teams]
        return {**shown, "teams": teams, "repositories": list(view.grants.repositories)}
    if not with_metadata:
        return shown
    return {**shown, "unstructured_metadata": msgspec.json.decode(robot.unstructured_metadata or "{}")}


def view_federation(subjects: list[Federation]) -> list[dict[str, str]]:
    """The bare array of a robot's federated subjects."""
    return [{"issuer": entry.issuer, "subject": entry.subject} for entry in subjects]


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
