"""Queries of the keys that sign registry tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from pierhead.access.tables import service_key
from pierhead.platform.database import upsert


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as it lies in the database."""

    kid: str
    service: str
    public_jwk: str
    private_sealed: bytes
    created_at: datetime
    renew_at: datetime
    expires_at: datetime


_COLUMNS = (
    service_key.c.kid,
    service_key.c.service,
    service_key.c.public_jwk,
    service_key.c.private_sealed,
    service_key.c.created_at,
    service_key.c.renew_at,
    service_key.c.expires_at,
)
_NEWEST = select(*_COLUMNS).where(service_key.c.service == bindparam("service")).order_by(service_key.c.serial.desc()).limit(1)
_LIVING = (
    select(*_COLUMNS)
    .where(service_key.c.service == bindparam("service"), service_key.c.expires_at > bindparam("moment"))
    .order_by(service_key.c.serial.desc())
)
_BY_KID = select(*_COLUMNS).where(service_key.c.kid == bindparam("kid"), service_key.c.service == bindparam("service"))
_LAST_SERIAL = select(func.coalesce(func.max(service_key.c.serial), 0)).where(service_key.c.service == bindparam("service"))
_ADD = upsert(service_key).on_conflict_do_nothing()
_DELETE_EXPIRED = delete(service_key).where(service_key.c.expires_at <= bindparam("moment"))


def _key(row: Sequence[Any]) -> StoredKey:
    return StoredKey(*row)


def find_newest(connection: Connection, service: str) -> StoredKey | None:
    """The key with the highest serial, whether or not it may still sign."""
    row = connection.execute(_NEWEST, {"service": service}).first()
    return None if row is None else _key(row)


def list_living(connection: Connection, service: str, moment: datetime) -> list[StoredKey]:
    """Every key that may still verify, newest first."""
    return [_key(row) for row in connection.execute(_LIVING, {"service": service, "moment": moment})]


def find_by_kid(connection: Connection, service: str, kid: str) -> StoredKey | None:
    row = connection.execute(_BY_KID, {"service": service, "kid": kid}).first()
    return None if row is None else _key(row)


def add(connection: Connection, key: StoredKey) -> None:
    """Add a key with the next serial; when another process took that serial meanwhile, nothing is added."""
    serial = connection.execute(_LAST_SERIAL, {"service": key.service}).scalar_one() + 1
    connection.execute(
        _ADD,
        {
            "kid": key.kid,
            "service": key.service,
            "serial": serial,
            "public_jwk": key.public_jwk,
            "private_sealed": key.private_sealed,
            "created_at": key.created_at,
            "renew_at": key.renew_at,
            "expires_at": key.expires_at,
        },
    )


def delete_expired(connection: Connection, moment: datetime) -> None:
    """Remove keys whose last token has expired."""
    connection.execute(_DELETE_EXPIRED, {"moment": moment})
