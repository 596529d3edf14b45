"""The public parts of the keys that sign `/v2` tokens, for others who verify them (registry-protocol 3.3)."""

import json
from typing import Any

from fastapi import APIRouter

from pierhead.access.api.dependencies import Services
from pierhead.access.model.registry_claims import ALGORITHM, ISSUER
from pierhead.access.registry_tokens import PublicKey
from pierhead.platform.errors import NotFound

router = APIRouter(tags=["registry"])


class KeyUnknown(NotFound):
    """No key of this id verifies tokens now."""

    message = "There is no such key, or it has expired."


@router.get("/keys/services/{service}/keys", summary="The verifying keys of a service, as a JWK set")
async def list_keys(service: str, services: Services) -> dict[str, Any]:
    """The newest first; empty for a service that is not ours."""
    keys = await services.signer.list_public_keys() if service == ISSUER else []
    return {"keys": [_view(key) for key in keys]}


@router.get("/keys/services/{service}/keys/{kid}", summary="One verifying key, as a JWK")
async def get_key(service: str, kid: str, services: Services) -> dict[str, Any]:
    """404 for a key that is unknown or has expired."""
    keys = await services.signer.list_public_keys() if service == ISSUER else []
    for key in keys:
        if key.kid == kid:
            return _view(key)
    raise KeyUnknown


def _view(key: PublicKey) -> dict[str, Any]:
    return {**json.loads(key.jwk), "kid": key.kid, "alg": ALGORITHM, "use": "sig"}
