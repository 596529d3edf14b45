"""Service keys (api-v1/admin, section 1): made, listed, changed, believed and deleted."""

import asyncio
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from pierhead.access.model.identity import ANONYMOUS
from pierhead.access.model.registry_claims import ISSUER
from pierhead.access.services import AccessServices
from pierhead.platform.clock import ManualClock
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn


def create(root: ApiClient, **changes: Any) -> dict[str, Any]:
    answer = root.call("POST", "/superuser/keys", {"service": "builder", "expiration": None, "name": "first", **changes})
    assert answer.status_code == 200, answer.json()
    created: dict[str, Any] = answer.json()
    return created


def test_a_new_key_comes_with_its_private_half_and_is_listed_without(root: ApiClient, clock: ManualClock) -> None:
    expires = int((clock.now() + timedelta(days=30)).timestamp())
    made = create(root, expiration=expires, metadata={"owner": "crew"}, notes="for the builders")

    public = load_pem_public_key(made["public_key"].encode())
    private = load_pem_private_key(made["private_key"].encode(), None)
    assert private.public_key() == public
    (listed,) = root.get("/superuser/keys").json()["keys"]
    assert root.get(f"/superuser/keys/{made['kid']}").json() == listed
    assert {name: listed[name] for name in ("name", "kid", "service", "metadata", "rotation_duration")} == {
        "name": "first", "kid": made["kid"], "service": "builder", "metadata": {"owner": "crew"}, "rotation_duration": None,
    }  # fmt: skip
    assert listed["expiration_date"].endswith(" GMT")
    assert parsedate_to_datetime(listed["expiration_date"]).astimezone(UTC).timestamp() == expires
    assert listed["approval"]["approval_type"] == "Super User API"
    assert listed["approval"]["approver"]["username"] == "root"
    assert listed["approval"]["notes"] == "for the builders"
    assert "d" not in listed["jwk"]


def test_keys_change_and_go(root: ApiClient, clock: ManualClock) -> None:
    kid = create(root)["kid"]
    later = int((clock.now() + timedelta(days=1)).timestamp())

    changed = root.call("PUT", f"/superuser/keys/{kid}", {"name": "second", "metadata": {"a": 1}, "expiration": later}).json()
    assert (changed["name"], changed["metadata"]) == ("second", {"a": 1})
    assert changed["expiration_date"] is not None
    assert root.call("PUT", f"/superuser/keys/{kid}", {"expiration": None}).json()["expiration_date"] is None
    approved = root.call("POST", f"/superuser/approvedkeys/{kid}")
    assert (approved.status_code, approved.json()["kid"]) == (200, kid)
    assert root.call("DELETE", f"/superuser/keys/{kid}").status_code == 204
    for method, path in (("GET", "keys"), ("PUT", "keys"), ("DELETE", "keys"), ("POST", "approvedkeys")):
        assert root.call(method, f"/superuser/{path}/{kid}", {}).status_code == 404
    kinds = [entry["kind"] for entry in root.get("/superuser/logs").json()["logs"] if entry["kind"].startswith("service_key")]
    assert sorted(kinds) == ["service_key_create", "service_key_delete", "service_key_extend", "service_key_extend", "service_key_modify"]


def test_the_registrys_own_keys_are_listed_and_left_alone(root: ApiClient, services: AccessServices) -> None:
    asyncio.run(_sign_something(services))
    (own,) = root.get("/superuser/keys").json()["keys"]
    assert (own["service"], own["approval"]["approval_type"]) == (ISSUER, "Automatic")
    assert root.call("PUT", f"/superuser/keys/{own['kid']}", {"name": "x"}).status_code == 400
    assert root.call("DELETE", f"/superuser/keys/{own['kid']}").status_code == 400


async def _sign_something(services: AccessServices) -> None:
    await services.signer.sign(ANONYMOUS, {}, {}, service="registry.example.com", now=services.database.clock.now())


def test_whoever_verifies_fetches_keys_until_they_expire(root: ApiClient, clock: ManualClock) -> None:
    kid = create(root, expiration=int((clock.now() + timedelta(hours=1)).timestamp()))["kid"]
    path = f"/keys/services/builder/keys/{kid}"

    assert root.http.get(path).json()["kid"] == kid
    assert [key["kid"] for key in root.http.get("/keys/services/builder/keys").json()["keys"]] == [kid]
    assert root.http.get("/keys/services/other/keys").json() == {"keys": []}
    assert root.http.get(f"/keys/services/other/keys/{kid}").status_code == 404
    clock.advance(hours=2)
    assert root.http.get(path).status_code == 403
    assert root.http.get("/keys/services/builder/keys").json() == {"keys": []}


@pytest.mark.parametrize(
    "body",
    [
        {"service": ""},
        {"service": "x" * 65},
        {"service": ISSUER},
        {"expiration": 1},
        {"expiration": 10**15},
        {"name": "x" * 256},
        {"notes": "\0"},
    ],
)
def test_a_key_that_cannot_be_is_refused(root: ApiClient, body: dict[str, Any]) -> None:
    answer = root.call("POST", "/superuser/keys", {"service": "builder", "expiration": None, **body})
    assert answer.status_code == 400, answer.json()


def test_only_superusers_manage_keys(sign_in: SignIn, anonymous: ApiClient) -> None:
    ada = sign_in("ada")
    assert ada.get("/superuser/keys").status_code == 403
    assert ada.call("POST", "/superuser/keys", {"service": "builder", "expiration": None}).status_code == 403
    assert anonymous.get("/superuser/keys").status_code == 401
