"""Keyless robots: tokens of an OpenID Connect issuer as a robot's password, and their exchange (api-v1/accounts, section 4)."""

import asyncio
import base64
from collections.abc import Callable

import pytest
from httpx2 import Response

from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.issuers import Issuers
from pierhead.access.model.errors import InvalidCredentials, InvalidToken, IssuerFailed
from pierhead.access.model.identity import IdentityKind
from pierhead.access.services import AccessServices
from pierhead.platform.clock import ManualClock
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.settings import OutboundSettings
from tests.access.builders import ApiClient, basic, log_in
from tests.access.conftest import log_kinds
from tests.services.oidc_provider import DISCOVERY, KEYS, OidcProvider

ROBOT = "harbour+ci"
SUBJECT = "repo:harbour/app:ref:refs/heads/main"
AUDIENCE = "registry.example.com"
HERE = OutboundSettings(allowed_hosts=("127.0.0.1",))


@pytest.fixture
def external() -> ExternalSignIn:
    return ExternalSignIn(Issuers(OutboundHttp(HERE), allow_http=True), frozenset({AUDIENCE}))


@pytest.fixture
def robot(owner: ApiClient, provider: OidcProvider) -> str:
    """A robot's name; the provider's subject may act as it."""
    assert owner.call("PUT", "/organization/harbour/robots/ci").status_code == 201
    federate(owner, provider.issuer)
    return ROBOT


def federate(owner: ApiClient, issuer: str, subject: str = SUBJECT) -> None:
    body = [{"issuer": issuer, "subject": subject}]
    assert owner.call("POST", "/organization/harbour/robots/ci/federation", body).status_code == 200


def exchange(client: ApiClient, token: str, name: str = ROBOT) -> Response:
    answer: Response = client.http.get("/oauth2/federation/robot/token", headers={"Authorization": basic(name, token)})
    return answer


def test_a_token_of_the_issuer_is_the_robots_password(services: AccessServices, robot: str, provider: OidcProvider) -> None:
    identity = log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))

    assert (identity.kind, identity.name) == (IdentityKind.ROBOT, ROBOT)


def test_a_token_of_the_issuer_is_exchanged_for_one_of_ours(
    services: AccessServices, robot: str, provider: OidcProvider, client: ApiClient, clock: ManualClock
) -> None:
    answer = exchange(client, provider.make_token(SUBJECT, ["another", AUDIENCE]))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()["token"]
    assert log_in(services, robot, token).name == ROBOT
    assert "federated_robot_token_exchange" in log_kinds(services, "harbour")
    clock.advance(seconds=services.options.token_seconds + 61)
    with pytest.raises(InvalidToken):
        log_in(services, robot, token)


def test_a_token_of_ours_is_not_exchanged_again_and_is_good_for_no_other_robot(
    services: AccessServices, robot: str, provider: OidcProvider, client: ApiClient, owner: ApiClient
) -> None:
    owner.call("PUT", "/organization/harbour/robots/other")
    token = exchange(client, provider.make_token(SUBJECT, AUDIENCE)).json()["token"]

    assert exchange(client, token).status_code == 401
    with pytest.raises(InvalidToken):
        log_in(services, "harbour+other", token)


def test_both_tokens_die_when_the_federation_ends(
    services: AccessServices, robot: str, provider: OidcProvider, client: ApiClient, owner: ApiClient
) -> None:
    foreign = provider.make_token(SUBJECT, AUDIENCE)
    ours = exchange(client, foreign).json()["token"]

    owner.call("DELETE", "/organization/harbour/robots/ci/federation")

    for token in (foreign, ours):
        with pytest.raises(InvalidToken):
            log_in(services, robot, token)


Make = Callable[[OidcProvider], str]

WRONG: dict[str, Make] = {
    "for another audience": lambda provider: provider.make_token(SUBJECT, "another.example.com"),
    "without an audience": lambda provider: provider.make_token(SUBJECT, AUDIENCE, aud=None),
    "of another subject": lambda provider: provider.make_token("repo:harbour/other", AUDIENCE),
    "of another issuer": lambda provider: provider.make_token(SUBJECT, AUDIENCE, iss="https://elsewhere.example.com"),
    "expired": lambda provider: provider.make_token(SUBJECT, AUDIENCE, exp=int(provider.now_seconds()) - 60),
    "that never expires": lambda provider: provider.make_token(SUBJECT, AUDIENCE, exp=None),
    "with an expiry that is no number": lambda provider: provider.make_token(SUBJECT, AUDIENCE, exp="tomorrow"),
    "not valid yet": lambda provider: provider.make_token(SUBJECT, AUDIENCE, nbf=int(provider.now_seconds()) + 61),
    "issued in the future": lambda provider: provider.make_token(SUBJECT, AUDIENCE, iat=int(provider.now_seconds()) + 61),
    "without a signature": lambda provider: provider.make_unsigned(provider.claims(SUBJECT, AUDIENCE)),
    "signed with the public key as a secret": lambda provider: provider.make_confused(provider.claims(SUBJECT, AUDIENCE)),
    "signed with a stranger's key": lambda provider: OidcProvider(provider.issuer, provider.now_seconds).make_token(SUBJECT, AUDIENCE),
    "signed with a stranger's key of the same name": lambda provider: OidcProvider(provider.issuer, provider.now_seconds).sign(
        provider.claims(SUBJECT, AUDIENCE), kid=provider.key.kid
    ),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
def test_a_token_is_refused(make: Make, services: AccessServices, robot: str, provider: OidcProvider, client: ApiClient) -> None:
    token = make(provider)

    with pytest.raises(InvalidToken):
        log_in(services, robot, token)
    refused = exchange(client, token)
    assert refused.status_code == 401
    assert set(refused.json()) == {"error"}


def test_a_token_without_a_key_id_is_checked_with_every_key(services: AccessServices, robot: str, provider: OidcProvider) -> None:
    provider.rotate_key(keep_old=True)
    token = provider.sign(provider.claims(SUBJECT, AUDIENCE), key=provider.old_keys[0], kid=None)

    assert log_in(services, robot, token).name == ROBOT


def test_a_new_key_of_the_issuer_is_fetched_when_it_is_seen(
    services: AccessServices, robot: str, provider: OidcProvider, clock: ManualClock
) -> None:
    log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))
    old = provider.make_token(SUBJECT, AUDIENCE)
    clock.advance(seconds=31)
    provider.rotate_key()

    assert log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE)).name == ROBOT
    with pytest.raises(InvalidToken):
        log_in(services, robot, old)


def test_unknown_key_ids_do_not_make_us_call_the_issuer_all_the_time(services: AccessServices, robot: str, provider: OidcProvider) -> None:
    log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))

    for attempt in range(5):
        with pytest.raises(InvalidToken):
            log_in(services, robot, provider.sign(provider.claims(SUBJECT, AUDIENCE), kid=f"unknown-{attempt}"))

    assert provider.asked[KEYS] == 1


def test_many_who_ask_at_once_cause_one_call(services: AccessServices, robot: str, provider: OidcProvider, clock: ManualClock) -> None:
    issuers = services.external.issuers

    async def ask() -> None:
        await asyncio.gather(*(issuers.get(provider.issuer, clock.now()) for _ in range(20)))

    asyncio.run(ask())

    assert (provider.asked[DISCOVERY], provider.asked[KEYS]) == (1, 1)


def test_an_issuer_that_is_down_is_not_called_again_at_once_and_keeps_its_keys_for_a_day(
    services: AccessServices, robot: str, provider: OidcProvider, clock: ManualClock
) -> None:
    provider.is_down = True
    for _ in range(3):
        with pytest.raises(IssuerFailed, match="503"):
            log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))
    assert provider.asked[DISCOVERY] == 1
    provider.is_down = False
    clock.advance(seconds=31)
    log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))

    provider.is_down = True
    clock.advance(hours=23)
    assert log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE)).name == ROBOT
    clock.advance(hours=2)
    with pytest.raises(IssuerFailed):
        log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))


def test_an_issuer_that_calls_itself_otherwise_is_not_believed(services: AccessServices, robot: str, provider: OidcProvider) -> None:
    provider.metadata = {"issuer": "https://elsewhere.example.com"}

    with pytest.raises(IssuerFailed, match="another address"):
        log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))


def test_a_key_set_elsewhere_without_tls_is_not_fetched(services: AccessServices, robot: str, provider: OidcProvider) -> None:
    provider.metadata = {"jwks_uri": "file:///etc/passwd"}

    with pytest.raises(IssuerFailed, match="https"):
        log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))


def test_nobody_is_called_whom_no_robot_names(services: AccessServices, robot: str, provider: OidcProvider, owner: ApiClient) -> None:
    federate(owner, "https://elsewhere.example.com")

    with pytest.raises(InvalidToken):
        log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))

    assert provider.asked.total() == 0


@pytest.mark.parametrize("text", ["", "secret", "a.b.c", "eyJ.eyJ.x", "ey" + "x" * 20000])
def test_what_is_no_token_is_refused_like_a_wrong_password(text: str, services: AccessServices, robot: str, client: ApiClient) -> None:
    with pytest.raises((InvalidCredentials, InvalidToken)):
        log_in(services, robot, text)
    assert exchange(client, text).status_code == 401


def test_a_header_of_another_kind_is_refused(client: ApiClient) -> None:
    garbage = base64.b64encode(b"no colon").decode()
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {garbage}"}):
        assert client.http.get("/oauth2/federation/robot/token", headers=header).status_code == 401


def test_a_robot_that_does_not_exist_is_refused_like_any_other(client: ApiClient, robot: str, provider: OidcProvider) -> None:
    token = provider.make_token(SUBJECT, AUDIENCE)

    assert exchange(client, token, "harbour+nobody").status_code == 401
    assert exchange(client, token, "x" * 600).status_code == 401
    assert provider.asked.total() == 0


class TestAsDelivered:
    """No plain HTTP, no private addresses."""

    @pytest.fixture
    def external(self) -> ExternalSignIn:
        return ExternalSignIn(Issuers(OutboundHttp(OutboundSettings()), allow_http=False), frozenset({AUDIENCE}))

    def test_an_issuer_without_tls_is_not_called(self, services: AccessServices, robot: str, provider: OidcProvider) -> None:
        with pytest.raises(IssuerFailed, match="https"):
            log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))
        assert provider.asked.total() == 0

    def test_an_issuer_on_a_private_address_is_not_called(
        self, services: AccessServices, robot: str, provider: OidcProvider, owner: ApiClient
    ) -> None:
        address = provider.issuer.replace("http://", "https://")
        federate(owner, address)

        with pytest.raises(IssuerFailed, match=r"outbound\.allowed_hosts"):
            log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE, iss=address))


class TestWithoutAnAudience:
    """Neither public_url nor signin.federation_audiences is set."""

    @pytest.fixture
    def external(self) -> ExternalSignIn:
        return ExternalSignIn()

    def test_every_token_is_refused(self, services: AccessServices, robot: str, provider: OidcProvider) -> None:
        with pytest.raises(InvalidToken, match="public_url"):
            log_in(services, robot, provider.make_token(SUBJECT, AUDIENCE))
