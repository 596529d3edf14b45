"""Keys of other programs that superusers make and approve, beside the keys that the registry signs its own tokens with."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import RSAKey

from pierhead.access.model.identity import Identity
from pierhead.access.model.registry_claims import ISSUER
from pierhead.access.registry_tokens import PublicKey
from pierhead.access.services import AccessServices
from pierhead.accounts.model.names import is_storable
from pierhead.administration.model import (
    InvalidKey,
    IssuedKey,
    KeyExpired,
    KeyNotFound,
    KeyRenewsItself,
    KeyUnapproved,
)
from pierhead.administration.store import keys as store
from pierhead.administration.superuser import require_superuser
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork

_BITS = 2048
_LONGEST_NAME = 255
_LONGEST_SERVICE = 64
_LONGEST_TEXT = 4096
_LAST_SECOND = 253402300799  # of the year 9999


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a superuser wants a key for. `expires_seconds` is a Unix time; None: never."""

    service: str
    name: str = ""
    expires_seconds: int | None = None
    metadata: Mapping[str, Any] | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """What a superuser wants changed; fields that are not among `given` stay."""

    given: frozenset[str]
    name: str | None = None
    metadata: Mapping[str, Any] | None = None
    expires_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key, with the private half that is shown once and kept nowhere."""

    key: IssuedKey
    public_pem: str
    private_pem: str


async def list_keys(services: AccessServices, identity: Identity) -> list[IssuedKey]:
    """The registry's own living keys, then the others. Raises SignInRequired and NotAllowed, as do the others."""
    require_superuser(identity, reads=True)
    own = [_view_own(key) for key in await services.signer.list_public_keys()]
    return [*own, *await services.database.read(_list)]


async def get_key(services: AccessServices, identity: Identity, kid: str) -> IssuedKey:
    """Raises KeyNotFound too."""
    for key in await list_keys(services, identity):
        if key.kid == kid:
            return key
    raise KeyNotFound


async def create_key(services: AccessServices, identity: Identity, wanted: NewKey, *, address: str | None) -> CreatedKey:
    """A key that its maker has approved. Raises InvalidKey too."""
    require_superuser(identity)
    service = wanted.service
    if not 1 <= len(service) <= _LONGEST_SERVICE or not service.isprintable() or service == ISSUER:
        raise InvalidKey(
            f"Invalid service: use 1 to {_LONGEST_SERVICE} printable characters, and not '{ISSUER}', whose keys renew themselves."
        )
    name, notes = _check_text(wanted.name, _LONGEST_NAME, "name"), _check_text(wanted.notes, _LONGEST_TEXT, "notes")
    metadata = _encode(wanted.metadata)
    now = services.database.clock.now()
    expires_at = _parse_expiry(wanted.expires_seconds, now)
    made = await asyncio.to_thread(RSAKey.generate_key, _BITS)
    key = IssuedKey(
        kid=secrets.token_hex(16),
        service=service,
        name=name,
        public_jwk=json.dumps(made.as_dict(private=False)),
        metadata=metadata,
        created_at=now,
        expires_at=expires_at,
        approver_id=identity.user_id,
        approved_at=now,
        notes=notes,
    )
    await services.database.write(_add, identity, key, address)
    stored = await services.database.read(_get, key.kid)
    return CreatedKey(stored, made.as_pem(private=False).decode(), made.as_pem(private=True).decode())


async def change_key(services: AccessServices, identity: Identity, kid: str, changes: KeyChanges, *, address: str | None) -> IssuedKey:
    """Raises KeyNotFound, InvalidKey, and KeyRenewsItself for the registry's own, too."""
    require_superuser(identity)
    await _require_issued(services, identity, kid)
    expires_at = None
    if "expiration" in changes.given:
        expires_at = _parse_expiry(changes.expires_seconds, services.database.clock.now())
    return await services.database.write(_change, identity, kid, changes, expires_at, address)


async def delete_key(services: AccessServices, identity: Identity, kid: str, *, address: str | None) -> None:
    """Raises KeyNotFound, and KeyRenewsItself for the registry's own, too."""
    require_superuser(identity)
    await _require_issued(services, identity, kid)
    await services.database.write(_delete, identity, kid, address)


async def approve_key(services: AccessServices, identity: Identity, kid: str, notes: str, *, address: str | None) -> IssuedKey:
    """One that is approved already stays as it is. Raises KeyNotFound and InvalidKey too."""
    require_superuser(identity)
    found = await get_key(services, identity, kid)
    if found.approved_at is not None:
        return found
    return await services.database.write(_approve, identity, kid, _check_text(notes, _LONGEST_TEXT, "notes"), address)


async def list_verifying_keys(services: AccessServices, service: str) -> list[IssuedKey]:
    """The keys that verify what a service signs now; anybody may ask."""
    if service == ISSUER:
        return [_view_own(key) for key in await services.signer.list_public_keys()]
    now = services.database.clock.now()
    return [key for key in await services.database.read(_list) if key.service == service and key.verifies(now)]


async def get_verifying_key(services: AccessServices, service: str, kid: str) -> IssuedKey:
    """Anybody may ask. Raises KeyNotFound, KeyUnapproved and KeyExpired."""
    own = await list_verifying_keys(services, service) if service == ISSUER else await services.database.read(_list)
    for key in own:
        if key.kid == kid and key.service == service:
            if key.approved_at is None:
                raise KeyUnapproved
            if not key.verifies(services.database.clock.now()):
                raise KeyExpired
            return key
    raise KeyNotFound


async def _require_issued(services: AccessServices, identity: Identity, kid: str) -> None:
    if (await get_key(services, identity, kid)).is_own:
        raise KeyRenewsItself


def _list(work: UnitOfWork) -> list[IssuedKey]:
    return store.list_keys(work.connection)


def _get(work: UnitOfWork, kid: str) -> IssuedKey:
    found = store.find_key(work.connection, kid) if is_storable(kid) else None
    if found is None:
        raise KeyNotFound
    return found


def _add(work: UnitOfWork, identity: Identity, key: IssuedKey, address: str | None) -> None:
    store.add_key(work.connection, key)
    _record(work, identity, LogKind.SERVICE_KEY_CREATE, key, address)


def _change(
    work: UnitOfWork, identity: Identity, kid: str, changes: KeyChanges, expires_at: datetime | None, address: str | None
) -> IssuedKey:
    before = _get(work, kid)
    changed = before
    if "name" in changes.given:
        changed = replace(changed, name=_check_text(changes.name or "", _LONGEST_NAME, "name"))
    if "metadata" in changes.given:
        changed = replace(changed, metadata=_encode(changes.metadata))
    if "expiration" in changes.given:
        changed = replace(changed, expires_at=expires_at)
    if changed == before:
        return before
    store.change_key(work.connection, changed)
    if (changed.name, changed.metadata) != (before.name, before.metadata):
        _record(work, identity, LogKind.SERVICE_KEY_MODIFY, changed, address)
    if changed.expires_at != before.expires_at:
        _record(work, identity, LogKind.SERVICE_KEY_EXTEND, changed, address)
    return _get(work, kid)


def _delete(work: UnitOfWork, identity: Identity, kid: str, address: str | None) -> None:
    found = _get(work, kid)
    store.delete_key(work.connection, kid)
    _record(work, identity, LogKind.SERVICE_KEY_DELETE, found, address)


def _approve(work: UnitOfWork, identity: Identity, kid: str, notes: str, address: str | None) -> IssuedKey:
    approved = replace(_get(work, kid), approver_id=identity.user_id, approved_at=work.now, notes=notes)
    store.change_key(work.connection, approved)
    _record(work, identity, LogKind.SERVICE_KEY_APPROVE, approved, address)
    return _get(work, kid)


def _record(work: UnitOfWork, identity: Identity, kind: LogKind, key: IssuedKey, address: str | None) -> None:
    """Keys belong to nobody's namespace; what happens to them stands in the log of the superuser."""
    expires = None if key.expires_at is None else key.expires_at.isoformat()
    record(
        work,
        identity,
        kind,
        namespace_id=identity.user_id,
        address=address,
        kid=key.kid,
        name=key.name,
        service=key.service,
        expiration_date=expires,
    )


def _view_own(key: PublicKey) -> IssuedKey:
    return IssuedKey(
        kid=key.kid,
        service=ISSUER,
        name="",
        public_jwk=key.jwk,
        metadata="{}",
        created_at=key.created_at,
        expires_at=key.expires_at,
        approver_id=None,
        approved_at=key.created_at,
        notes="",
        is_own=True,
    )


def _parse_expiry(seconds: int | None, now: datetime) -> datetime | None:
    if seconds is None:
        return None
    if not now.timestamp() < seconds <= _LAST_SECOND:
        raise InvalidKey("The expiration must lie in the future: a Unix time in seconds, or null for never.")
    return datetime.fromtimestamp(seconds, UTC)


def _check_text(text: str, longest: int, name: str) -> str:
    if len(text) > longest or not is_storable(text):
        raise InvalidKey(f"The {name} of a key has at most {longest} characters.")
    return text


def _encode(metadata: Mapping[str, Any] | None) -> str:
    text = json.dumps(metadata or {})
    if len(text) > _LONGEST_TEXT:
        raise InvalidKey(f"The metadata of a key has at most {_LONGEST_TEXT} characters as JSON.")
    return text
