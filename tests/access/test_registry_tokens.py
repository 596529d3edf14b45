"""Tokens of `/v2`: what we sign is understood everywhere, what we did not sign is refused (registry-protocol 3.3)."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from pierhead.access.model.errors import InvalidToken
from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.model.tokens import CATALOG
from pierhead.access.registry_tokens import TokenSigner
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.platform.secrets import SecretBox

SERVICE = "registry.example.com"
ADA = Identity(IdentityKind.USER, "ada", user_id=1, reference="0b0e2cf4-54f5-4b57-8a3f-1d2f0f7ef9c4")
PULL = frozenset({"pull"})
PUSH = frozenset({"pull", "push"})


def make_signer(database: Database, secret_box: SecretBox) -> TokenSigner:
    return TokenSigner(database, secret_box, token_seconds=3600, key_seconds=7200)


@pytest.fixture
def signer(database: Database, secret_box: SecretBox) -> TokenSigner:
    return make_signer(database, secret_box)


def sign(signer: TokenSigner, clock: ManualClock, **changes: Any) -> str:
    async def run() -> str:
        wanted = {"identity": ADA, "requested": {"ada/app": PUSH}, "granted": {"ada/app": PULL}, **changes}
        return (await signer.sign(**wanted, service=SERVICE, now=clock.now())).token

    return asyncio.run(run())


def verify(signer: TokenSigner, token: str, clock: ManualClock, *, service: str = SERVICE) -> Any:
    return asyncio.run(signer.verify(token, service=service, now_seconds=clock.now().timestamp()))


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_token_says_who_may_do_what_and_what_was_asked(signer: TokenSigner, clock: ManualClock) -> None:
    verified = verify(signer, sign(signer, clock, granted={"ada/app": PULL, CATALOG: frozenset({"*"})}), clock)

    assert verified.identity == Identity(IdentityKind.USER, "ada", reference=ADA.reference)
    assert verified.granted == {"ada/app": PULL, CATALOG: {"*"}}
    assert verified.requested == {"ada/app": PUSH}


def test_the_claims_are_those_of_the_protocol(signer: TokenSigner, clock: ManualClock) -> None:
    header, claims = (decode(part) for part in sign(signer, clock).split(".")[:2])

    now = int(clock.now().timestamp())
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert {name: claims[name] for name in ("iss", "aud", "nbf", "iat", "exp", "sub")} == {
        "iss": "pierhead", "aud": SERVICE, "nbf": now, "iat": now, "exp": now + 3600, "sub": "ada",
    }  # fmt: skip
    assert claims["access"] == [{"type": "repository", "name": "ada/app", "actions": ["pull"]}]
    assert claims["context"] == {
        "version": 2, "entity_kind": "user", "entity_reference": ADA.reference, "kind": "user", "user": "ada",
        "requested": [{"name": "ada/app", "actions": ["pull", "push"]}],
    }  # fmt: skip


def test_an_anonymous_token_names_nobody(signer: TokenSigner, clock: ManualClock) -> None:
    token = sign(signer, clock, identity=ANONYMOUS, granted={})

    assert decode(token.split(".")[1])["sub"] == "(anonymous)"
    assert verify(signer, token, clock).identity == ANONYMOUS


def test_a_name_with_our_host_in_front_is_echoed_and_understood_without_it(signer: TokenSigner, clock: ManualClock) -> None:
    token = sign(signer, clock, granted={f"{SERVICE}/ada/app": PULL}, requested={f"{SERVICE}/ada/app": PULL})

    assert decode(token.split(".")[1])["access"][0]["name"] == f"{SERVICE}/ada/app"
    assert verify(signer, token, clock).granted == {"ada/app": PULL}


def test_a_verified_token_is_remembered_until_it_expires(signer: TokenSigner, clock: ManualClock) -> None:
    token = sign(signer, clock)
    verified = verify(signer, token, clock)

    now = clock.now().timestamp()
    assert signer.find_cached(token, service=SERVICE, now_seconds=now) is verified
    assert signer.find_cached(token, service="other.example.com", now_seconds=now) is None
    assert signer.find_cached(token, service=SERVICE, now_seconds=now + 3631) is None


def test_a_token_expires_with_thirty_seconds_of_grace(signer: TokenSigner, clock: ManualClock) -> None:
    token = sign(signer, clock)

    clock.advance(seconds=3629)
    assert verify(signer, token, clock)
    clock.advance(seconds=1)
    with pytest.raises(InvalidToken):
        verify(signer, token, clock)


def test_a_token_for_another_service_is_refused(signer: TokenSigner, clock: ManualClock) -> None:
    with pytest.raises(InvalidToken):
        verify(signer, sign(signer, clock), clock, service="other.example.com")


def test_another_process_verifies_the_token_and_signs_with_the_same_key(
    database: Database, secret_box: SecretBox, clock: ManualClock
) -> None:
    first, second = make_signer(database, secret_box), make_signer(database, secret_box)
    token = sign(first, clock)

    assert verify(second, token, clock).identity.name == "ada"
    assert decode(sign(second, clock).split(".")[0])["kid"] == decode(token.split(".")[0])["kid"]


def test_processes_that_start_at_once_agree_on_one_key(database: Database, secret_box: SecretBox, clock: ManualClock) -> None:
    async def run() -> set[str]:
        signers = [make_signer(database, secret_box) for _ in range(4)]
        tokens = await asyncio.gather(*(signer.sign(ADA, {}, {}, service=SERVICE, now=clock.now()) for signer in signers))
        return {decode(token.token.split(".")[0])["kid"] for token in tokens}

    assert len(asyncio.run(run())) == 1


def test_the_key_is_renewed_at_half_its_life_and_the_old_one_still_verifies(
    signer: TokenSigner, database: Database, secret_box: SecretBox, clock: ManualClock
) -> None:
    sign(signer, clock)
    clock.advance(seconds=3599)
    last = sign(signer, clock)
    clock.advance(seconds=1)
    renewed = sign(signer, clock)

    assert decode(last.split(".")[0])["kid"] != decode(renewed.split(".")[0])["kid"]
    clock.advance(seconds=3598)
    assert verify(make_signer(database, secret_box), last, clock)
    assert len(asyncio.run(signer.list_public_keys())) == 2
    assert "d" not in json.loads(asyncio.run(signer.list_public_keys())[0].jwk)


def forge(claims: Any, *, header: dict[str, Any] | None = None, key: RSAKey | OctKey | None = None) -> str:
    """A token of a stranger, with whatever claims."""
    key = key or RSAKey.generate_key(2048)
    algorithm = (header or {}).get("alg", "RS256")
    return jws.serialize_compact(
        {"alg": algorithm, "kid": "stranger", **(header or {})}, json.dumps(claims).encode(), key, algorithms=[algorithm]
    )


def test_a_token_signed_by_somebody_else_is_refused(signer: TokenSigner, clock: ManualClock) -> None:
    kid = decode(sign(signer, clock).split(".")[0])["kid"]
    claims = decode(sign(signer, clock).split(".")[1])

    for header in ({}, {"kid": kid}):
        with pytest.raises(InvalidToken):
            verify(signer, forge(claims, header=header), clock)


def test_no_other_algorithm_is_accepted_even_with_our_public_key_as_secret(signer: TokenSigner, clock: ManualClock) -> None:
    ours = sign(signer, clock)
    kid, claims = decode(ours.split(".")[0])["kid"], decode(ours.split(".")[1])
    public = asyncio.run(signer.list_public_keys())[0].jwk
    confused = forge(claims, header={"alg": "HS256", "kid": kid}, key=OctKey.import_key(public.encode()))
    unsigned = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": kid}).encode()).decode().rstrip("=") + "." + ours.split(".")[1] + "."
    )

    for token in (confused, unsigned):
        with pytest.raises(InvalidToken):
            verify(signer, token, clock)


@pytest.fixture
def own_key(signer: TokenSigner, secret_box: SecretBox, database: Database, clock: ManualClock) -> tuple[str, RSAKey]:
    """Our own signing key, taken out of the database, for tokens that our code would never sign."""
    sign(signer, clock)
    with database.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT kid, private_sealed FROM service_key").one()
    return row.kid, RSAKey.import_key(json.loads(secret_box.open(bytes(row.private_sealed), purpose="service-key")))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "quay"},
        {"aud": ["registry.example.com"]},
        {"exp": 0},
        {"exp": "never"},
        {"exp_in": 3661},
        {"nbf_in": 31},
        {"access": [{"type": "repository", "name": "../etc", "actions": ["pull"]}, {"type": "repository", "name": "a//b", "actions": []}]},
        {"access": [{"type": "repository", "name": "ada/app\n", "actions": ["pull"]}]},
        {"access": [{"type": "repository", "name": "", "actions": ["pull"]}]},
        {"access": [{"type": "repository", "name": "ada/app", "actions": ["delete"]}]},
        {"access": [{"type": "registry", "name": "ada/app", "actions": ["*"]}]},
        {"access": "all"},
        {"context": None},
        {"context": {"version": 2, "entity_kind": "god", "entity_reference": None, "kind": "user", "user": None, "requested": []}},
    ],
    ids=str,
)
def test_claims_that_we_would_not_write_are_refused_even_when_signed_by_us(
    signer: TokenSigner, clock: ManualClock, own_key: tuple[str, RSAKey], change: dict[str, Any]
) -> None:
    claims = decode(sign(signer, clock).split(".")[1])
    now = int(clock.now().timestamp())
    for name, value in change.items():
        if name.endswith("_in"):
            claims[name.removesuffix("_in")] = now + value
        else:
            claims[name] = value

    with pytest.raises(InvalidToken):
        verify(signer, forge(claims, header={"kid": own_key[0]}, key=own_key[1]), clock)


@given(
    text=st.one_of(st.text(max_size=300), st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}", fullmatch=True))
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_as_a_token_is_refused_in_order(signer: TokenSigner, clock: ManualClock, text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(signer, text, clock)


@given(
    header=st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_as_header_is_refused_in_order(signer: TokenSigner, clock: ManualClock, header: Any) -> None:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")

    with pytest.raises(InvalidToken):
        verify(signer, f"{encoded}.e30.AAAA", clock)


def test_a_token_of_more_than_64_kib_is_refused_unread(signer: TokenSigner, clock: ManualClock) -> None:
    with pytest.raises(InvalidToken):
        verify(signer, "a.b." + "c" * (64 * 1024), clock)


def test_a_signed_token_tells_its_time(signer: TokenSigner) -> None:
    moment = datetime(2026, 5, 1, 12, 0, 0, 987654, tzinfo=UTC)
    signed = asyncio.run(signer.sign(ADA, {}, {}, service=SERVICE, now=moment))

    assert signed.expires_in == 3600
    assert signed.issued_at == moment - timedelta(microseconds=987654)
