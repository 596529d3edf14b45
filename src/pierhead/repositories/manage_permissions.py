"""Give permissions on a repository to users, robots and teams, and take them away (api-v1/repositories, section 2)."""

from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import Role
from pierhead.accounts.model.errors import AccountNotFound
from pierhead.audit.model import LogKind
from pierhead.platform.database import UnitOfWork
from pierhead.repositories.log import record
from pierhead.repositories.model import (
    ROLES,
    Grant,
    HeldRole,
    Holder,
    HolderInvalid,
    HolderKind,
    InvalidRole,
    OwnerMustAdminister,
    PermissionMissing,
    Repository,
)
from pierhead.repositories.permissions import require_role
from pierhead.repositories.store import grants
from pierhead.repositories.store import repositories as store

_LONGEST_SHOWN = 64


def list_user_permissions(work: UnitOfWork, identity: Identity, name: str) -> tuple[list[HeldRole], bool]:
    """Users and robots with a permission of their own, and whether the namespace is an organization. Raises as `require_role`."""
    repository = require_role(work, identity, name, Role.ADMIN, passage=Passage.BOTH)
    held = grants.list_held_roles(work.connection, repository.id, repository.namespace_id)
    return held, store.get_facts(work.connection, repository.id).is_organization


def list_team_permissions(work: UnitOfWork, identity: Identity, name: str) -> list[tuple[str, str]]:
    """(team, role). Raises as `require_role`."""
    repository = require_role(work, identity, name, Role.ADMIN, passage=Passage.BOTH)
    return grants.list_team_roles(work.connection, repository.id)


def get_permission(work: UnitOfWork, identity: Identity, name: str, kind: HolderKind, holder: str) -> tuple[HeldRole, bool]:
    """The permission of one holder, and whether the namespace is an organization. Raises PermissionMissing too."""
    repository = require_role(work, identity, name, Role.ADMIN, passage=Passage.BOTH)
    found = _find_holder(work, repository, kind, holder)
    role = None if found is None else grants.find_permission(work.connection, repository.id, found)
    if found is None or role is None:
        raise PermissionMissing(kind)
    return _describe(work, repository, found, role)


def set_permission(
    work: UnitOfWork, identity: Identity, name: str, kind: HolderKind, holder: str, role: str, *, address: str | None
) -> tuple[HeldRole, bool]:
    """Give a role; what is given already changes nothing and is not recorded.

    Raises InvalidRole, HolderInvalid and OwnerMustAdminister too.
    """
    repository = require_role(work, identity, name, Role.ADMIN)
    if role not in ROLES:
        raise InvalidRole
    found = _find_holder(work, repository, kind, holder)
    if found is None:
        raise HolderInvalid(f"Invalid {'team' if kind is HolderKind.TEAM else 'username'}: {holder[:_LONGEST_SHOWN]}")
    if found.kind is HolderKind.ROBOT and not found.is_member:
        raise HolderInvalid(f"Cannot add robot {found.name} under namespace {repository.namespace}")
    if _owns(found, repository) and role != "admin":
        raise OwnerMustAdminister
    before = grants.find_permission(work.connection, repository.id, found)
    if before is None:
        grants.add_permission(work.connection, repository.id, found, role)
        record(work, identity, LogKind.ADD_REPO_PERMISSION, repository, address, **_name(found), role=role)
    elif before != role:
        grants.change_permission(work.connection, repository.id, found, role)
        record(work, identity, LogKind.CHANGE_REPO_PERMISSION, repository, address, **_name(found), role=role)
    return _describe(work, repository, found, role)


def delete_permission(work: UnitOfWork, identity: Identity, name: str, kind: HolderKind, holder: str, *, address: str | None) -> None:
    """Take a role away. Raises PermissionMissing and OwnerMustAdminister too."""
    repository = require_role(work, identity, name, Role.ADMIN)
    found = _find_holder(work, repository, kind, holder)
    if found is not None and _owns(found, repository):
        raise OwnerMustAdminister
    role = None if found is None else grants.find_permission(work.connection, repository.id, found)
    if found is None or role is None:
        raise PermissionMissing(kind)
    grants.remove_permission(work.connection, repository.id, found)
    record(work, identity, LogKind.DELETE_REPO_PERMISSION, repository, address, **_name(found), role=role)


def list_transitive_roles(work: UnitOfWork, identity: Identity, name: str, username: str) -> list[str]:
    """The roles that a user or robot was given on the repository, itself and through teams. Raises AccountNotFound for none."""
    repository = require_role(work, identity, name, Role.ADMIN, passage=Passage.BOTH)
    found = _find_holder(work, repository, HolderKind.USER, username)
    roles = [] if found is None else [row.role for row in list_grants_of(work, repository, found) if row.source != "namespace"]
    if not roles:
        raise AccountNotFound
    return roles


def list_grants_of(work: UnitOfWork, repository: Repository, holder: Holder) -> list[Grant]:
    """Every grant of a user or robot."""
    return grants.list_grants(
        work.connection, repository.id, repository.namespace_id, holder=holder.name, is_robot=holder.kind is HolderKind.ROBOT
    )


def find_user_or_robot(work: UnitOfWork, repository: Repository, name: str) -> Holder | None:
    """A name with a plus sign is a robot's."""
    return _find_holder(work, repository, HolderKind.USER, name)


def _find_holder(work: UnitOfWork, repository: Repository, kind: HolderKind, name: str) -> Holder | None:
    if "\0" in name:
        return None
    if kind is HolderKind.TEAM:
        return grants.find_team(work.connection, name, repository.namespace_id)
    find = grants.find_robot if "+" in name else grants.find_user
    return find(work.connection, name, repository.namespace_id)


def _owns(holder: Holder, repository: Repository) -> bool:
    return holder.kind is HolderKind.USER and holder.id == repository.namespace_id


def _name(holder: Holder) -> dict[str, str]:
    return {"team" if holder.kind is HolderKind.TEAM else "username": holder.name}


def _describe(work: UnitOfWork, repository: Repository, holder: Holder, role: str) -> tuple[HeldRole, bool]:
    held = HeldRole(holder.name, role, holder.email, holder.kind is HolderKind.ROBOT, holder.is_member)
    return held, store.get_facts(work.connection, repository.id).is_organization
