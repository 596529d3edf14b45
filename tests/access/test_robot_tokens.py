"""Tokens of robots: exchanged without an outage, ending when they should, and showing when they were last used (api-v1/accounts, section 4)."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from pierhead.access.model.errors import InvalidCredentials
from pierhead.access.services import AccessServices
from pierhead.platform.clock import ManualClock
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient, log_in

ROBOT = "/organization/harbour/robots/ci"


def works(services: AccessServices, token: str) -> bool:
    try:
        return log_in(services, "harbour+ci", token).name == "harbour+ci"
    except InvalidCredentials:
        return False


def create(owner: ApiClient, **body: object) -> dict[str, Any]:
    answer = owner.call("PUT", ROBOT, body)
    assert answer.status_code == 201, answer.json()
    shown: dict[str, Any] = answer.json()
    return shown


def regenerate(owner: ApiClient, **query: object) -> dict[str, Any]:
    answer = owner.call("POST", f"{ROBOT}/regenerate", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.json()
    shown: dict[str, Any] = answer.json()
    return shown


def test_an_old_token_ends_with_the_new_one_unless_somebody_asks_for_more(services: AccessServices, owner: ApiClient) -> None:
    old = create(owner)
    new = regenerate(owner)

    assert (works(services, old["token"]), works(services, new["token"])) == (False, True)
    assert (old["previous_token_expires_at"], new["previous_token_expires_at"], new["token_expires_at"]) == (None, None, None)
    assert "unstructured_metadata" not in new


def test_both_tokens_work_while_they_overlap(services: AccessServices, owner: ApiClient, clock: ManualClock) -> None:
    old = create(owner)["token"]
    shown = regenerate(owner, overlap_seconds=3600)
    new = shown["token"]
    ends_at = parsedate_to_datetime(shown["previous_token_expires_at"])
    assert (ends_at.timestamp() - clock.now().timestamp()) == pytest.approx(3600, abs=1)
    assert owner.get(ROBOT).json()["previous_token_expires_at"] == shown["previous_token_expires_at"]

    clock.advance(seconds=3599)
    assert (works(services, old), works(services, new)) == (True, True)
    clock.advance(seconds=1)
    assert (works(services, old), works(services, new)) == (False, True)


def test_of_three_tokens_the_oldest_ends_and_without_an_overlap_all_old_ones(services: AccessServices, owner: ApiClient) -> None:
    tokens = [create(owner)["token"], *(regenerate(owner, overlap_seconds=3600)["token"] for _ in range(2))]
    assert [works(services, token) for token in tokens] == [False, True, True]

    tokens.append(regenerate(owner, overlap_seconds=0)["token"])
    assert [works(services, token) for token in tokens] == [False, False, False, True]


def test_a_token_ends_when_its_life_does_and_each_new_one_lives_as_long(
    services: AccessServices, owner: ApiClient, clock: ManualClock
) -> None:
    first = create(owner, token_lifetime_seconds=600)
    assert parsedate_to_datetime(first["token_expires_at"]).timestamp() == pytest.approx(clock.now().timestamp() + 600, abs=1)
    clock.advance(seconds=599)
    assert works(services, first["token"])
    second = regenerate(owner, overlap_seconds=3600)
    assert second["previous_token_expires_at"] == first["token_expires_at"], "an overlap keeps no token beyond its own end"
    clock.advance(seconds=1)
    assert (works(services, first["token"]), works(services, second["token"])) == (False, True)
    clock.advance(seconds=600)
    assert not works(services, second["token"])

    assert works(services, regenerate(owner, token_lifetime_seconds=60)["token"])


@pytest.mark.parametrize(
    "query", [{"overlap_seconds": -1}, {"overlap_seconds": 2592001}, {"overlap_seconds": "x"}, {"token_lifetime_seconds": 0}]
)
def test_spans_beyond_the_limits_are_refused(services: AccessServices, owner: ApiClient, query: dict[str, object]) -> None:
    token = create(owner)["token"]
    assert owner.call("POST", f"{ROBOT}/regenerate", params={name: str(value) for name, value in query.items()}).status_code == 400
    assert works(services, token)


@pytest.mark.parametrize("seconds", [0, 59, 10**12, "600", True])
def test_a_robot_is_not_made_with_a_life_beyond_the_limits(owner: ApiClient, seconds: object) -> None:
    assert owner.call("PUT", ROBOT, {"token_lifetime_seconds": seconds}).status_code == 400


def test_a_robot_shows_when_it_was_last_used(services: AccessServices, owner: ApiClient, clock: ManualClock) -> None:
    token = create(owner)["token"]
    assert owner.get(ROBOT).json()["last_accessed"] is None
    clock.advance(hours=2)
    log_in(services, "harbour+ci", token)
    used = parsedate_to_datetime(owner.get(ROBOT).json()["last_accessed"])
    assert used.timestamp() == pytest.approx(clock.now().timestamp(), abs=1)


class TestWithAnOverlapInTheSettings:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(robot_overlap_seconds=60)

    def test_every_exchange_overlaps_unless_the_call_says_otherwise(self, services: AccessServices, owner: ApiClient) -> None:
        old = create(owner)["token"]
        regenerate(owner)
        assert works(services, old)
        regenerate(owner, overlap_seconds=0)
        assert not works(services, old)
