"""Service keys: as superusers manage them, and the public key server for whoever verifies what was signed (api-v1/admin, section 1 and 4)."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import Address, Caller, FreshUser, Services
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.registry_claims import ALGORITHM
from pierhead.accounts.model.avatars import make_avatar
from pierhead.administration import manage_keys as verbs
from pierhead.administration.manage_keys import KeyChanges, NewKey
from pierhead.administration.model import IssuedKey

router = ApiRouter()
outside_router = ApiRouter()
"""The paths outside `/api/v1`."""


class NewKeyBody(BaseModel):
    """What the key is for. `expiration` is a Unix time in seconds, or null for never."""

    service: str
    expiration: int | None
    name: str = ""
    metadata: dict[str, Any] | None = None
    notes: str = ""


class KeyChangesBody(BaseModel):
    """What is to change; absent fields stay as they are."""

    name: str | None = None
    metadata: dict[str, Any] | None = None
    expiration: int | None = None


class ApprovalBody(BaseModel):
    """Why the key may be believed."""

    notes: str = ""


@router.get("/superuser/keys", operation_id="listServiceKeys")
async def list_keys(caller: Caller, services: Services) -> dict[str, Any]:
    """Every key: those that sign the registry's own tokens, then those that superusers made."""
    return {"keys": [_view(key) for key in await verbs.list_keys(services, caller)]}


@router.post("/superuser/keys", operation_id="createServiceKey")
async def create_key(body: NewKeyBody, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """A new key. The private half is in this answer only."""
    wanted = NewKey(body.service, body.name, body.expiration, body.metadata, body.notes)
    created = await verbs.create_key(services, caller.identity, wanted, address=address)
    return {
        "kid": created.key.kid,
        "name": created.key.name,
        "service": created.key.service,
        "public_key": created.public_pem,
        "private_key": created.private_pem,
    }


@router.get("/superuser/keys/{kid}", operation_id="getServiceKey")
async def get_key(kid: str, caller: Caller, services: Services) -> dict[str, Any]:
    """One key."""
    return _view(await verbs.get_key(services, caller, kid))


@router.put("/superuser/keys/{kid}", operation_id="updateServiceKey")
async def change_key(kid: str, body: KeyChangesBody, caller: FreshUser, services: Services, address: Address) -> dict[str, Any]:
    """Change name, metadata or expiration."""
    changes = KeyChanges(frozenset(body.model_fields_set), body.name, body.metadata, body.expiration)
    return _view(await verbs.change_key(services, caller.identity, kid, changes, address=address))


@router.delete("/superuser/keys/{kid}", status_code=204, operation_id="deleteServiceKey")
async def delete_key(kid: str, caller: FreshUser, services: Services, address: Address) -> Response:
    """What the key signed is believed no longer."""
    await verbs.delete_key(services, caller.identity, kid, address=address)
    return Response(status_code=204)


@router.post("/superuser/approvedkeys/{kid}", operation_id="approveServiceKey")
async def approve_key(
    kid: str, caller: FreshUser, services: Services, address: Address, body: ApprovalBody | None = None
) -> dict[str, Any]:
    """Believe what the key signs."""
    notes = body.notes if body is not None else ""
    return _view(await verbs.approve_key(services, caller.identity, kid, notes, address=address))


@outside_router.get("/keys/services/{service}/keys", summary="The verifying keys of a service, as a JWK set")
async def list_verifying_keys(service: str, services: Services) -> dict[str, Any]:
    """The newest of the registry's own first; empty for a service that is unknown."""
    return {"keys": [_view_jwk(key) for key in await verbs.list_verifying_keys(services, service)]}


@outside_router.get("/keys/services/{service}/keys/{kid}", summary="One verifying key, as a JWK")
async def get_verifying_key(service: str, kid: str, services: Services) -> dict[str, Any]:
    """404 for a key that is unknown, 409 for one that nobody has approved, 403 for one that has expired."""
    return _view_jwk(await verbs.get_verifying_key(services, service, kid))


def _view(key: IssuedKey) -> dict[str, Any]:
    """ServiceKey."""
    approval = None
    if key.approved_at is not None:
        approver = None
        if key.approver is not None:
            avatar = make_avatar(key.approver, key.approver_email, "user")
            approver = {"kind": "user", "name": key.approver, "username": key.approver, "email": key.approver_email, "avatar": avatar}
        approval = {
            "approver": approver,
            "approval_type": "Automatic" if key.is_own else "Super User API",
            "approved_date": _format(key.approved_at),
            "notes": key.notes,
        }
    return {
        "name": key.name,
        "kid": key.kid,
        "service": key.service,
        "jwk": json.loads(key.public_jwk),
        "metadata": json.loads(key.metadata),
        "created_date": _format(key.created_at),
        "expiration_date": _format(key.expires_at),
        "rotation_duration": None,
        "approval": approval,
    }


def _view_jwk(key: IssuedKey) -> dict[str, Any]:
    return {**json.loads(key.public_jwk), "kid": key.kid, "alg": ALGORITHM, "use": "sig"}


def _format(moment: datetime | None) -> str | None:
    """An HTTP date."""
    return None if moment is None else format_datetime(moment.astimezone(UTC), usegmt=True)
