"""What the settings make of a caller beyond its grants: superusers with full access, global readers, restricted users."""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.model.oauth_scopes import may_be_superuser


class PowerOptions(Protocol):
    """The settings that decide; `settings.access` has them."""

    @property
    def superusers_full_access(self) -> bool: ...
    @property
    def global_readers(self) -> Collection[str]: ...
    @property
    def restricted_users(self) -> bool: ...
    @property
    def unrestricted_users(self) -> Collection[str]: ...
    @property
    def organizations_by_superusers_only(self) -> bool: ...


def empower(identity: Identity, options: PowerOptions) -> Identity:
    """The identity with its powers. Robots have none, and are as restricted as the user whose namespace they are in."""
    if identity.name is None:
        return identity
    is_robot = identity.kind is IdentityKind.ROBOT
    owner = identity.name.partition("+")[0]
    full = options.superusers_full_access and identity.is_superuser
    reads = not is_robot and identity.name in options.global_readers and may_be_superuser(identity.scopes)
    restricted = options.restricted_users and not identity.is_superuser and owner not in options.unrestricted_users
    creates = identity.is_superuser or not options.organizations_by_superusers_only
    if creates and not (full or reads or restricted):
        return identity
    return replace(identity, has_full_access=full, is_global_reader=reads, is_restricted=restricted, may_create_organizations=creates)
