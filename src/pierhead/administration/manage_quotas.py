"""Who sees the quota of a namespace, and who gives it one (api-v1/repositories, section 9)."""

from dataclasses import dataclass

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import Identity
from pierhead.access.model.permissions import Passage
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import require_namespace_role
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.quotas import (
    InvalidQuota,
    LimitKind,
    Quota,
    QuotaLimit,
    QuotaNotFound,
    QuotaPolicy,
    check_limit_bytes,
    check_percent,
    format_size,
    parse_limit_kind,
    parse_size,
)
from pierhead.accounts.users import get_account, get_namespace
from pierhead.administration.superuser import require_superuser
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import quotas


@dataclass(frozen=True, slots=True)
class QuotaOwner:
    """Whose quota is meant, and by which door it was asked for."""

    namespace: str
    is_own: bool = False  # the caller asks for its own
    by_superuser: bool = False  # below /superuser


@dataclass(frozen=True, slots=True)
class NewSize:
    """How large a quota shall be: bytes, or a text such as `10 GiB`. Clients send one of them."""

    limit_bytes: int | None = None
    limit: str | None = None

    def parse(self) -> int | None:
        """None when nothing was given. Raises InvalidQuota."""
        if self.limit_bytes is not None and self.limit is not None:
            raise InvalidQuota("Give either limit_bytes or limit, not both.")
        if self.limit is not None:
            return parse_size(self.limit)
        return None if self.limit_bytes is None else check_limit_bytes(self.limit_bytes)


def list_quotas(work: UnitOfWork, identity: Identity, owner: QuotaOwner, policy: QuotaPolicy) -> list[Quota]:
    """The one quota that the namespace is held to, or none. Raises SignInRequired and NotAllowed, as do the others."""
    found = quotas.find_quota(work, _require_reader(work, identity, owner, Passage.BOTH).id, policy)
    return [] if found is None else [found]


def get_quota(work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, *, passage: Passage = Passage.NOBODY) -> Quota:
    """A quota that the namespace was given. Raises QuotaNotFound too."""
    return _get(work, _require_reader(work, identity, owner, passage), quota_id)


def find_given_quota(work: UnitOfWork, identity: Identity, owner: QuotaOwner) -> Quota | None:
    """The quota that the namespace was given, without the default."""
    return quotas.find_own_quota(work, _require_reader(work, identity, owner, Passage.NOBODY))


def get_limit(work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, limit_id: int) -> tuple[Quota, QuotaLimit]:
    """One limit, and its quota. Raises QuotaNotFound too."""
    found = get_quota(work, identity, owner, quota_id)
    return found, _find_limit(found, limit_id)


def create_quota(work: UnitOfWork, identity: Identity, owner: QuotaOwner, size: NewSize, *, address: str | None) -> Quota:
    """Give the namespace a quota without limits. Raises InvalidQuota and QuotaExists too."""
    namespace = _require_writer(work, identity, owner)
    limit_bytes = size.parse()
    if limit_bytes is None:
        raise InvalidQuota("Give the size of the quota as limit_bytes or limit.")
    created = quotas.create_quota(work, namespace, limit_bytes)
    _record(work, identity, LogKind.ORG_CREATE_QUOTA, namespace, created, address)
    return created


def change_quota(work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, size: NewSize, *, address: str | None) -> Quota:
    """Replace the size, or nothing when none is given. Raises InvalidQuota and QuotaNotFound too."""
    namespace = _require_writer(work, identity, owner)
    found = _get(work, namespace, quota_id)
    limit_bytes = size.parse()
    if limit_bytes is None or limit_bytes == found.limit_bytes:
        return found
    quotas.change_quota(work, quota_id, limit_bytes)
    changed = _get(work, namespace, quota_id)
    _record(work, identity, LogKind.ORG_CHANGE_QUOTA, namespace, changed, address)
    return changed


def delete_quota(work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, *, address: str | None) -> None:
    """The namespace is held to the default again. Raises QuotaNotFound too."""
    namespace = _require_writer(work, identity, owner)
    found = _get(work, namespace, quota_id)
    quotas.delete_quota(work, quota_id)
    _record(work, identity, LogKind.ORG_DELETE_QUOTA, namespace, found, address)


def create_limit(
    work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, kind: str, percent: int, *, address: str | None
) -> None:
    """Raises InvalidQuota, QuotaNotFound and QuotaLimitExists too; a quota rejects at one share only."""
    namespace = _require_writer(work, identity, owner)
    found = _get(work, namespace, quota_id)
    parsed = parse_limit_kind(kind)
    quotas.add_limit(work, found, parsed, check_percent(percent))
    _record_limit(work, identity, LogKind.ORG_CREATE_QUOTA_LIMIT, namespace, parsed, percent, address)


def change_limit(
    work: UnitOfWork,
    identity: Identity,
    owner: QuotaOwner,
    quota_id: int,
    limit_id: int,
    *,
    kind: str | None,
    percent: int | None,
    address: str | None,
) -> Quota:
    """What is None stays. Raises InvalidQuota, QuotaNotFound and QuotaLimitExists too."""
    namespace = _require_writer(work, identity, owner)
    found = _get(work, namespace, quota_id)
    limit = _find_limit(found, limit_id)
    new_kind = limit.kind if kind is None else parse_limit_kind(kind)
    new_percent = limit.percent if percent is None else check_percent(percent)
    if (new_kind, new_percent) == (limit.kind, limit.percent):
        return found
    quotas.change_limit(work, found, limit, new_kind, new_percent)
    _record_limit(work, identity, LogKind.ORG_CHANGE_QUOTA_LIMIT, namespace, new_kind, new_percent, address)
    return _get(work, namespace, quota_id)


def delete_limit(work: UnitOfWork, identity: Identity, owner: QuotaOwner, quota_id: int, limit_id: int, *, address: str | None) -> None:
    """Raises QuotaNotFound too."""
    namespace = _require_writer(work, identity, owner)
    limit = _find_limit(_get(work, namespace, quota_id), limit_id)
    quotas.remove_limit(work, limit_id)
    _record_limit(work, identity, LogKind.ORG_DELETE_QUOTA_LIMIT, namespace, limit.kind, limit.percent, address)


def _require_reader(work: UnitOfWork, identity: Identity, owner: QuotaOwner, passage: Passage) -> Account:
    if owner.by_superuser:
        require_superuser(identity, reads=True)
        return get_namespace(work, owner.namespace)
    if owner.is_own:
        if identity.user_id is None:
            raise SignInRequired
        return get_account(work, identity.user_id)
    return require_namespace_role(work, identity, owner.namespace, NamespaceRole.MEMBER, passage=passage)


def _require_writer(work: UnitOfWork, identity: Identity, owner: QuotaOwner) -> Account:
    require_superuser(identity)
    if not owner.by_superuser and not identity.has_full_access:
        raise NotAllowed
    return get_namespace(work, owner.namespace)


def _get(work: UnitOfWork, namespace: Account, quota_id: int) -> Quota:
    found = quotas.find_own_quota(work, namespace)
    if found is None or found.id != quota_id:
        raise QuotaNotFound
    return found


def _find_limit(quota: Quota, limit_id: int) -> QuotaLimit:
    for limit in quota.limits:
        if limit.id == limit_id:
            return limit
    raise QuotaNotFound


def _record(work: UnitOfWork, identity: Identity, kind: LogKind, namespace: Account, quota: Quota, address: str | None) -> None:
    record(
        work,
        identity,
        kind,
        namespace_id=namespace.id,
        address=address,
        namespace=namespace.name,
        limit=format_size(quota.limit_bytes),
        limit_bytes=quota.limit_bytes,
    )


def _record_limit(
    work: UnitOfWork, identity: Identity, kind: LogKind, namespace: Account, limit: LimitKind, percent: int, address: str | None
) -> None:
    record(
        work,
        identity,
        kind,
        namespace_id=namespace.id,
        address=address,
        namespace=namespace.name,
        type=limit.value,
        threshold_percent=percent,
    )
