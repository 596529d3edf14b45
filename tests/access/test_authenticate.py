"""Basic user names and passwords (registry-protocol 3.4), and what happens to those who guess."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pierhead.access.application_tokens import create_application_token, reveal_code, revoke_application_token
from pierhead.access.authenticate import authenticate_user
from pierhead.access.manage_user import get_stored_user, make_client_key
from pierhead.access.model.errors import AccountDisabled, EncryptedPasswordRequired, InvalidCredentials, InvalidToken
from pierhead.access.model.identity import IdentityKind
from pierhead.access.services import AccessServices
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.robots import create_robot, delete_robot, regenerate_robot_token, reveal_token
from pierhead.accounts.users import set_enabled, set_password
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from pierhead.platform.errors import PierheadError, RateLimited
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, add_user, identify, log_in


@pytest.fixture
def ada(services: AccessServices) -> Account:
    return add_user(services, "ada")


@pytest.mark.parametrize("username", ["ada", "ada@example.com", "ADA@Example.com"])
def test_a_user_logs_in_by_name_or_email(services: AccessServices, ada: Account, username: str) -> None:
    identity = log_in(services, username, PASSWORD)

    assert (identity.kind, identity.name, identity.user_id, identity.reference) == (IdentityKind.USER, "ada", ada.id, ada.uuid)


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong-horse"), ("nobody", PASSWORD), ("ada+ci", "X" * 64), ("Ada", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    services: AccessServices, ada: Account, username: str, password: str
) -> None:
    with pytest.raises(InvalidCredentials, match="^Invalid Username or Password$"):
        log_in(services, username, password)


@pytest.mark.parametrize("username", ["$oauthtoken", "$token"])
@pytest.mark.parametrize("secret", ["anything", "x" * 40, "\0" * 40, "é" * 40, "\ud800" * 40, ""])
def test_tokens_that_do_not_exist_are_refused(services: AccessServices, username: str, secret: str) -> None:
    with pytest.raises(InvalidToken):
        log_in(services, username, secret)


def test_a_robot_logs_in_with_its_token_until_that_is_regenerated(services: AccessServices, ada: Account) -> None:
    robot = services.database.write_now(create_robot, SYSTEM, ada, "ci", secret_box=services.secret_box)
    token = reveal_token(robot, services.secret_box)

    identity = log_in(services, "ada+ci", token)
    assert (identity.kind, identity.name, identity.robot_id, identity.namespace_id) == (IdentityKind.ROBOT, "ada+ci", robot.id, ada.id)

    services.database.write_now(regenerate_robot_token, SYSTEM, ada, "ci", secret_box=services.secret_box)
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada+ci", token)
    services.database.write_now(delete_robot, SYSTEM, ada, "ci")


def test_an_application_token_acts_as_its_owner_until_it_is_revoked(services: AccessServices, ada: Account) -> None:
    token = services.database.write_now(create_application_token, SYSTEM, ada.id, "laptop", secret_box=services.secret_box)
    code = reveal_code(token, services.secret_box)

    identity = log_in(services, "$app", code)
    assert (identity.kind, identity.name, identity.user_id, identity.reference) == (
        IdentityKind.APPLICATION_TOKEN, "ada", ada.id, token.uuid,
    )  # fmt: skip
    assert len(code) == 120

    services.database.write_now(revoke_application_token, SYSTEM, ada.id, token.uuid)
    with pytest.raises(InvalidToken):
        log_in(services, "$app", code)


def test_an_encrypted_password_works_until_the_password_changes(services: AccessServices, ada: Account) -> None:
    user = services.database.read_now(get_stored_user, ada.id)
    key = asyncio.run(make_client_key(services, identify(services, ada), user, address=None))

    assert log_in(services, "ada", key).name == "ada"
    services.database.write_now(set_password, SYSTEM, ada, services.hasher.hash_now("another-horse"))
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", key)


def test_an_encrypted_password_is_only_its_own_users(services: AccessServices, ada: Account) -> None:
    add_user(services, "bob")
    user = services.database.read_now(get_stored_user, ada.id)
    key = asyncio.run(make_client_key(services, identify(services, ada), user, address=None))

    with pytest.raises(InvalidCredentials):
        log_in(services, "bob", key)


class TestWhenOnlyEncryptedPasswordsAreTaken:
    @pytest.fixture
    def options(self) -> AccessSettings:
        return AccessSettings(encrypted_passwords_only=True)

    def test_a_plain_password_is_refused_to_clients_and_taken_by_the_web_sign_in(self, services: AccessServices, ada: Account) -> None:
        for username in ("ada", "nobody"):
            with pytest.raises(EncryptedPasswordRequired):
                log_in(services, username, PASSWORD)
        assert asyncio.run(authenticate_user(services, "ada", PASSWORD, address=None)).name == "ada"


def test_a_disabled_user_is_refused_at_once_with_every_kind_of_credential(services: AccessServices, ada: Account) -> None:
    robot = services.database.write_now(create_robot, SYSTEM, ada, "ci", secret_box=services.secret_box)
    app_token = services.database.write_now(create_application_token, SYSTEM, ada.id, "laptop", secret_box=services.secret_box)
    logins = [
        ("ada", PASSWORD),
        ("ada+ci", reveal_token(robot, services.secret_box)),
        ("$app", reveal_code(app_token, services.secret_box)),
    ]
    for username, password in logins:
        log_in(services, username, password)

    services.database.write_now(set_enabled, SYSTEM, ada, False)

    for username, password in logins:
        with pytest.raises(AccountDisabled, match="has been disabled"):
            log_in(services, username, password)
    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", "a-guess-that-fails")


def test_a_changed_password_is_refused_at_once_although_it_was_remembered(services: AccessServices, ada: Account) -> None:
    log_in(services, "ada", PASSWORD)
    services.database.write_now(set_password, SYSTEM, ada, services.hasher.hash_now("another-horse"))

    with pytest.raises(InvalidCredentials):
        log_in(services, "ada", PASSWORD)
    assert log_in(services, "ada", "another-horse").name == "ada"


def fail(services: AccessServices, username: str, times: int, *, address: str | None = "192.0.2.1") -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            log_in(services, username, "wrong-horse", address=address)


def blocked_seconds(services: AccessServices, username: str, *, address: str | None = "192.0.2.1") -> int:
    with pytest.raises(RateLimited) as caught:
        log_in(services, username, PASSWORD, address=address)
    return caught.value.retry_after_seconds


@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_guesses_are_slowed_down_more_and_more_whether_or_not_the_name_exists(
    services: AccessServices, ada: Account, clock: ManualClock, username: str
) -> None:
    fail(services, username, 3)
    waits = []
    for _ in range(12):
        waits.append(blocked_seconds(services, username))
        clock.advance(seconds=waits[-1])
        fail(services, username, 1)

    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == 900


def test_another_address_does_not_escape_the_slowing_down_of_an_account(services: AccessServices, ada: Account) -> None:
    fail(services, "ada", 3)

    assert blocked_seconds(services, "ada", address="198.51.100.7") == 1


def test_one_address_that_tries_many_names_is_slowed_down(services: AccessServices, ada: Account) -> None:
    for number in range(15):
        fail(services, f"name{number}", 1, address="2001:db8::1")

    assert blocked_seconds(services, "ada", address="2001:db8::2") == 1
    assert log_in(services, "ada", PASSWORD, address="192.0.2.9").name == "ada"


def test_a_success_after_the_wait_forgets_the_failures(services: AccessServices, ada: Account, clock: ManualClock) -> None:
    fail(services, "ada", 3)
    clock.advance(seconds=2)
    log_in(services, "ada", PASSWORD)

    fail(services, "ada", 2)
    assert log_in(services, "ada", PASSWORD).name == "ada"


def test_failures_are_forgotten_after_an_hour(services: AccessServices, ada: Account, clock: ManualClock) -> None:
    fail(services, "ada", 2)
    clock.advance(minutes=61)
    fail(services, "ada", 2)

    assert log_in(services, "ada", PASSWORD).name == "ada"


def test_somebody_elses_guesses_do_not_lock_out_a_client_that_was_let_in_just_now(services: AccessServices, ada: Account) -> None:
    log_in(services, "ada", PASSWORD)
    fail(services, "ada", 3, address="198.51.100.7")

    assert log_in(services, "ada", PASSWORD).name == "ada"


def test_guesses_count_in_every_process(services: AccessServices, ada: Account) -> None:
    other = AccessServices.build(services.database, services.secret_box, services.options)
    fail(services, "ada", 2)
    fail(other, "ada", 1)

    assert blocked_seconds(services, "ada") == blocked_seconds(other, "ada") == 1
    other.close()


def test_the_time_of_the_last_use_is_written_once_an_hour(services: AccessServices, ada: Account, clock: ManualClock) -> None:
    def last_seen() -> object:
        return services.database.read_now(get_stored_user, ada.id).last_seen_at

    first = clock.now()
    log_in(services, "ada", PASSWORD)
    clock.advance(minutes=59)
    log_in(services, "ada", PASSWORD)
    assert last_seen() == first
    clock.advance(minutes=1)
    log_in(services, "ada", PASSWORD)
    assert last_seen() == clock.now()


anything = st.one_of(
    st.text(st.characters(), max_size=40), st.sampled_from(["$app", "$token", "a+b", "ada+\0", "a@b\0", "\ud800@x", "\ud800", "x" * 5000])
)


@given(username=anything, password=anything)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_as_name_and_password_is_refused_in_order(services: AccessServices, username: str, password: str) -> None:
    with pytest.raises(PierheadError) as caught:
        log_in(services, username, password, address=None)
    assert isinstance(caught.value, InvalidCredentials | InvalidToken | RateLimited)
