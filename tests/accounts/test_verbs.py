"""The verbs of accounts on both engines: what holds in the database, and what the log tells."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pierhead.accounts import organizations, robots, users
from pierhead.accounts.deletions import hide_account, remove_some_of_account
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.errors import (
    AccountNotFound,
    AlreadyInitialized,
    AlreadyMember,
    EmailTaken,
    InvalidDescription,
    InvalidTagWindow,
    LastAdmin,
    NameTaken,
    RobotExists,
    RobotNotFound,
    TeamExists,
    TeamNotFound,
)
from pierhead.audit import store
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import PierheadError
from tests.access.builders import make_secret_box

BOX = make_secret_box()


@pytest.fixture
def ada(database: Database) -> Account:
    return database.write_now(users.create_user, SYSTEM, "ada", "ada@example.com", "hash")


@pytest.fixture
def harbour(database: Database, ada: Account) -> Account:
    return database.write_now(organizations.create_organization, SYSTEM, ada, "harbour")


def logged(database: Database, account: Account) -> list[str]:
    def read(work: UnitOfWork) -> list[str]:
        return [entry.kind for entry in reversed(store.list_entries_of_namespace(work.connection, account.id, 100))]

    return database.read_now(read)


def test_a_name_is_given_once_to_users_and_organizations_together(database: Database, ada: Account, harbour: Account) -> None:
    for name in ("ada", "harbour"):
        with pytest.raises(NameTaken):
            database.write_now(users.create_user, SYSTEM, name, None, None)
        with pytest.raises(NameTaken):
            database.write_now(organizations.create_organization, SYSTEM, ada, name)
    with pytest.raises(EmailTaken):
        database.write_now(users.create_user, SYSTEM, "bob", "ADA@example.com", None)


def test_of_many_who_want_a_name_at_once_one_gets_it(database: Database) -> None:
    def attempt(number: int) -> bool:
        try:
            database.write_now(users.create_user, SYSTEM, "ada", f"ada{number}@example.com", None)
        except NameTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


def test_of_many_first_users_at_once_one_is_first(database: Database) -> None:
    def attempt(number: int) -> bool:
        try:
            database.write_now(users.initialize_first_user, SYSTEM, f"user{number}", None, "hash")
        except AlreadyInitialized:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


def test_users_without_an_address_do_not_stand_in_each_others_way(database: Database) -> None:
    for name in ("bob", "eve"):
        assert database.write_now(users.create_user, SYSTEM, name, None, None).email is None


def test_a_user_is_no_organization_and_an_organization_no_user(database: Database, ada: Account, harbour: Account) -> None:
    assert database.read_now(users.get_user, "ada") == ada
    assert database.read_now(organizations.get_organization, "harbour") == harbour
    for verb, name in ((users.get_user, "harbour"), (organizations.get_organization, "ada"), (users.get_namespace, "no\0body")):
        with pytest.raises(AccountNotFound):
            database.read_now(verb, name)


def test_a_new_password_and_a_sign_out_end_the_sessions(database: Database, ada: Account) -> None:
    database.write_now(users.set_password, SYSTEM, ada, "other")
    database.write_now(users.end_sessions, SYSTEM, ada.id)

    assert database.read_now(users.get_user, "ada").session_generation == ada.session_generation + 2


def test_an_address_moves_only_to_a_free_one(database: Database, ada: Account) -> None:
    database.write_now(users.create_user, SYSTEM, "bob", "bob@example.com", None)

    database.write_now(users.set_email, SYSTEM, ada, "ADA@example.com")
    with pytest.raises(EmailTaken):
        database.write_now(users.set_email, SYSTEM, ada, "bob@example.com")
    database.write_now(users.set_email, SYSTEM, ada, "new@example.com")
    assert database.read_now(users.get_user, "ada").email == "new@example.com"


@pytest.mark.parametrize("seconds", [-1, 2**31])
def test_the_time_machine_reaches_no_further_than_ten_years(database: Database, ada: Account, seconds: int) -> None:
    with pytest.raises(InvalidTagWindow):
        database.write_now(users.set_tag_window, SYSTEM, ada, seconds)


def test_a_robots_name_is_unique_and_its_token_can_be_read_again(database: Database, ada: Account) -> None:
    robot = database.write_now(robots.create_robot, SYSTEM, ada, "ci", secret_box=BOX, description="builds")

    token = robots.reveal_token(robot, BOX)
    assert (robot.name, robot.short_name, len(token)) == ("ada+ci", "ci", 64)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert token.encode() not in robot.token_sealed
    with pytest.raises(RobotExists):
        database.write_now(robots.create_robot, SYSTEM, ada, "ci", secret_box=BOX)
    with pytest.raises(InvalidDescription):
        database.write_now(robots.create_robot, SYSTEM, ada, "cd", secret_box=BOX, description="x" * 256)
    renewed = database.write_now(robots.regenerate_robot_token, SYSTEM, ada, "ci", secret_box=BOX)
    assert robots.reveal_token(renewed, BOX) != token
    database.write_now(robots.delete_robot, SYSTEM, ada, "ci")
    for short in ("ci", "\0", "a+b"):
        with pytest.raises(RobotNotFound):
            database.read_now(robots.get_robot, ada, short)


def test_teams_hold_users_and_robots_once(database: Database, ada: Account, harbour: Account) -> None:
    robot = database.write_now(robots.create_robot, SYSTEM, harbour, "ci", secret_box=BOX)
    database.write_now(organizations.create_team, SYSTEM, harbour, "crew", "creator")
    for member in (ada, robot):
        database.write_now(organizations.add_team_member, SYSTEM, harbour, "crew", member)
        with pytest.raises(AlreadyMember):
            database.write_now(organizations.add_team_member, SYSTEM, harbour, "crew", member)

    teams = database.read_now(organizations.list_teams, harbour)
    assert [(team.name, team.role, team.member_count) for team in teams] == [("crew", "creator", 2), ("owners", "admin", 1)]
    with pytest.raises(TeamExists):
        database.write_now(organizations.create_team, SYSTEM, harbour, "crew", "member")
    with pytest.raises(TeamNotFound):
        database.write_now(organizations.add_team_member, SYSTEM, harbour, "nobody", ada)


def test_every_change_leaves_an_entry_in_the_log(database: Database, ada: Account, harbour: Account) -> None:
    database.write_now(users.set_email, SYSTEM, ada, "new@example.com")
    database.write_now(users.set_enabled, SYSTEM, ada, False)
    database.write_now(robots.create_robot, SYSTEM, harbour, "ci", secret_box=BOX)
    database.write_now(robots.delete_robot, SYSTEM, harbour, "ci")

    assert logged(database, ada) == ["user_create", "user_change_email", "user_disable"]
    assert logged(database, harbour) == ["org_create", "create_robot", "delete_robot"]


def test_a_change_that_is_refused_leaves_no_entry(database: Database, ada: Account) -> None:
    with pytest.raises(PierheadError):
        database.write_now(users.create_user, SYSTEM, "ada", None, None)

    assert logged(database, ada) == ["user_create"]


def test_the_id_of_a_deleted_account_is_never_given_again(database: Database, ada: Account, harbour: Account) -> None:
    database.write_now(hide_account, SYSTEM, harbour)
    while database.write_now(remove_some_of_account, harbour.id, 1):
        pass
    second = database.write_now(organizations.create_organization, SYSTEM, ada, "harbour")

    assert second.id > harbour.id
    assert logged(database, second) == ["org_create"]
    assert logged(database, harbour) == ["org_create", "org_delete"]


def test_a_user_who_alone_administers_an_organization_cannot_be_deleted(database: Database, ada: Account, harbour: Account) -> None:
    with pytest.raises(LastAdmin):
        database.write_now(hide_account, SYSTEM, ada)
    database.write_now(hide_account, SYSTEM, harbour)
    database.write_now(hide_account, SYSTEM, ada)

    with pytest.raises(AccountNotFound):
        database.read_now(users.get_user, "ada")
