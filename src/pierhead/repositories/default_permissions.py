"""Permissions that each new repository of an organization starts with (api-v1/accounts, section 7)."""

import uuid

from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.permissions import Passage, parse_role
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.names import is_storable
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.model import (
    ROLES,
    DefaultPermission,
    DefaultPermissionNotFound,
    Holder,
    HolderInvalid,
    HolderKind,
    InvalidRole,
)
from pierhead.repositories.store import default_permissions as store
from pierhead.repositories.store import grants


def list_default_permissions(work: UnitOfWork, identity: Identity, organization: str) -> list[DefaultPermission]:
    """For admins. Raises as `require_organization`, as do the others."""
    return store.list_rules(work.connection, require_organization(work, identity, organization, passage=Passage.BOTH).id)


def create_default_permission(
    work: UnitOfWork,
    identity: Identity,
    organization: str,
    *,
    role: str,
    delegate: str,
    delegate_kind: str,
    activating_user: str | None,
    address: str | None,
) -> DefaultPermission:
    """For admins. Raises InvalidRole, and HolderInvalid for a user, robot or team that is not there or from elsewhere."""
    found = require_organization(work, identity, organization)
    _check_role(role)
    activating = None
    if activating_user is not None:
        activating = grants.find_user(work.connection, activating_user, found.id) if is_storable(activating_user) else None
        if activating is None:
            raise HolderInvalid("Unknown activating user")
    rule = DefaultPermission(str(uuid.uuid4()), role, activating, _find_delegate(work, found, delegate, delegate_kind))
    store.add_rule(work.connection, found.id, rule)
    _record(work, identity, LogKind.CREATE_PROTOTYPE_PERMISSION, found, rule, address=address)
    return rule


def change_default_permission(
    work: UnitOfWork, identity: Identity, organization: str, rule_uuid: str, role: str, *, address: str | None
) -> DefaultPermission:
    """For admins; repositories that are there keep their permissions. Raises InvalidRole and DefaultPermissionNotFound."""
    found = require_organization(work, identity, organization)
    _check_role(role)
    before = _get(work, found, rule_uuid)
    if before.role != role:
        store.change_rule(work.connection, rule_uuid, role)
        changed = _get(work, found, rule_uuid)
        _record(work, identity, LogKind.MODIFY_PROTOTYPE_PERMISSION, found, changed, original_role=before.role, address=address)
        return changed
    return before


def delete_default_permission(work: UnitOfWork, identity: Identity, organization: str, rule_uuid: str, *, address: str | None) -> None:
    """For admins; repositories that are there keep their permissions. Raises DefaultPermissionNotFound."""
    found = require_organization(work, identity, organization)
    rule = _get(work, found, rule_uuid)
    store.remove_rule(work.connection, rule_uuid)
    _record(work, identity, LogKind.DELETE_PROTOTYPE_PERMISSION, found, rule, address=address)


def apply_default_permissions(work: UnitOfWork, repository_id: int, namespace_id: int, *, creator: Identity) -> None:
    """Give the delegates of every rule that applies their role on a new repository; of several rules for one the highest counts."""
    creator_id = None
    if creator.kind is not IdentityKind.ROBOT and creator.name is not None:
        # The identity of a bearer token has no row ids.
        user = grants.find_user(work.connection, creator.name, namespace_id)
        creator_id = None if user is None else user.id
    given: dict[tuple[HolderKind, int], tuple[Holder, str]] = {}
    for rule in store.list_rules_for(work.connection, namespace_id, creator_id):
        key = (rule.delegate.kind, rule.delegate.id)
        if rule.delegate.name == creator.name and rule.delegate.kind is not HolderKind.TEAM:
            continue
        if key not in given or parse_role(given[key][1]) < parse_role(rule.role):
            given[key] = (rule.delegate, rule.role)
    for holder, role in given.values():
        grants.add_permission(work.connection, repository_id, holder, role)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidRole


def _get(work: UnitOfWork, organization: Account, rule_uuid: str) -> DefaultPermission:
    found = store.find_rule(work.connection, organization.id, rule_uuid) if is_storable(rule_uuid) else None
    if found is None:
        raise DefaultPermissionNotFound
    return found


def _find_delegate(work: UnitOfWork, organization: Account, name: str, kind: str) -> Holder:
    found = None
    if is_storable(name):
        if kind == "team":
            found = grants.find_team(work.connection, name, organization.id)
        elif kind == "user":
            find = grants.find_robot if "+" in name else grants.find_user
            found = find(work.connection, name, organization.id)
    if found is None:
        raise HolderInvalid("Missing delegate user or team")
    if found.kind is HolderKind.ROBOT and not found.is_member:
        raise HolderInvalid(f"Cannot add robot {found.name} under namespace {organization.name}")
    return found


def _record(
    work: UnitOfWork,
    identity: Identity,
    kind: LogKind,
    organization: Account,
    rule: DefaultPermission,
    *,
    address: str | None,
    original_role: str | None = None,
) -> None:
    to_team = rule.delegate.kind is HolderKind.TEAM
    record(
        work,
        identity,
        kind,
        namespace_id=organization.id,
        address=address,
        namespace=organization.name,
        rule_id=rule.uuid,
        prototype_id=rule.uuid,
        activating_username=None if rule.activating_user is None else rule.activating_user.name,
        role=rule.role,
        original_role=original_role,
        delegate_team=rule.delegate.name if to_team else None,
        delegate_user=None if to_team else rule.delegate.name,
    )
