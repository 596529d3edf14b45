"""What grants, teams, ownership and visibility add up to, asked of the database (specification S1.1, S1.8)."""

from dataclasses import dataclass

import pytest
from sqlalchemy import insert

from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.model.roles import Role
from pierhead.accounts.model.accounts import Account, Robot
from pierhead.accounts.organizations import add_team_member, create_organization, create_team, list_teams
from pierhead.accounts.robots import create_robot
from pierhead.accounts.users import create_user, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.secrets import SecretBox
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import NamespaceDisabled, Repository
from pierhead.repositories.permissions import find_role, may_create
from pierhead.repositories.store import grants
from pierhead.repositories.tables import repository_permission

_BOX = SecretBox([bytes(32)])


@dataclass
class Town:
    """An organization with a repository, and people around it."""

    database: Database
    ada: Account
    organization: Account
    repository: Repository

    def user(self, name: str) -> Account:
        return self.database.write_now(create_user, SYSTEM, name, f"{name}@example.com", None)

    def robot(self, namespace: Account, short: str = "ci") -> Robot:
        return self.database.write_now(create_robot, SYSTEM, namespace, short, secret_box=_BOX)

    def join(self, team: str, role: str, member: Account | Robot) -> None:
        self.database.write_now(create_team, SYSTEM, self.organization, team, role)
        self.database.write_now(add_team_member, SYSTEM, self.organization, team, member)

    def grant(self, holder: Account | Robot, role: str) -> None:
        self.database.write_now(
            lambda work: grants.grant(
                work.connection, self.repository.id, holder=holder.name, is_robot=isinstance(holder, Robot), role=role
            )
        )

    def grant_team(self, team: str, role: str) -> None:
        def grant(work: UnitOfWork) -> None:
            team_id = next(found.id for found in list_teams(work, self.organization) if found.name == team)
            values = {"repository_id": self.repository.id, "team_id": team_id, "role": role}
            work.connection.execute(insert(repository_permission).values(values))

        self.database.write_now(grant)

    def role(self, identity: Identity) -> Role:
        return self.database.read_now(find_role, identity, self.repository)

    def may_create(self, identity: Identity, namespace: str = "harbour") -> bool:
        return self.database.read_now(may_create, identity, namespace)


def identity_of(holder: Account | Robot) -> Identity:
    if isinstance(holder, Robot):
        return Identity(IdentityKind.ROBOT, holder.name, robot_id=holder.id, namespace_id=holder.namespace_id)
    return Identity(IdentityKind.USER, holder.name, user_id=holder.id)


@pytest.fixture
def town(database: Database) -> Town:
    ada = database.write_now(create_user, SYSTEM, "ada", "ada@example.com", None)
    organization = database.write_now(create_organization, SYSTEM, ada, "harbour")
    repository = database.write_now(create_repository, identity_of(ada), "harbour/app", is_public=False)
    return Town(database, ada, organization, repository)


def test_strangers_and_nobody_have_no_role_in_a_private_repository(town: Town) -> None:
    stranger = identity_of(town.user("stranger"))

    assert [town.role(identity) for identity in (stranger, ANONYMOUS)] == [Role.NONE, Role.NONE]
    assert [town.may_create(identity) for identity in (stranger, ANONYMOUS)] == [False, False]


def test_everybody_reads_a_public_repository(town: Town) -> None:
    public = town.database.write_now(create_repository, identity_of(town.ada), "harbour/public", is_public=True)

    for identity in (ANONYMOUS, identity_of(town.user("stranger"))):
        assert town.database.read_now(find_role, identity, public) is Role.READ


@pytest.mark.parametrize(("word", "role"), [("read", Role.READ), ("write", Role.WRITE), ("admin", Role.ADMIN)])
def test_a_grant_gives_its_role_directly_or_through_a_team(town: Town, word: str, role: Role) -> None:
    direct, member, robot = town.user("direct"), town.user("member"), town.robot(town.organization)
    town.grant(direct, word)
    town.grant(robot, word)
    town.join("crew", "member", member)
    town.grant_team("crew", word)

    for holder in (direct, member, robot):
        assert town.role(identity_of(holder)) is role
        assert not town.may_create(identity_of(holder))


def test_the_highest_of_several_grants_counts(town: Town) -> None:
    user = town.user("grace")
    town.grant(user, "read")
    town.join("crew", "creator", user)
    town.grant_team("crew", "write")

    assert town.role(identity_of(user)) is Role.WRITE


@pytest.mark.parametrize(
    ("word", "creates", "role"), [("member", False, Role.NONE), ("creator", True, Role.NONE), ("admin", True, Role.ADMIN)]
)
def test_the_role_of_a_team_counts_in_the_namespace(town: Town, word: str, creates: bool, role: Role) -> None:
    """An admin of the namespace is admin of each of its repositories; members and creators have no right by that alone."""
    user = town.user("grace")
    town.join("crew", word, user)

    assert town.role(identity_of(user)) is role
    assert town.may_create(identity_of(user)) is creates


def test_a_team_of_another_organization_gives_nothing_here(town: Town) -> None:
    user = town.user("grace")
    other = town.database.write_now(create_organization, SYSTEM, user, "elsewhere")
    town.database.write_now(create_team, SYSTEM, other, "crew", "admin")

    assert town.may_create(identity_of(user), "elsewhere")
    assert not town.may_create(identity_of(user))
    assert town.role(identity_of(user)) is Role.NONE


def test_a_namespace_of_ones_own_is_administered_by_oneself_and_not_by_ones_robots(town: Town) -> None:
    robot = town.robot(town.ada)

    assert town.may_create(identity_of(town.ada), "ada")
    assert not town.may_create(identity_of(robot), "ada")
    own = town.database.write_now(create_repository, identity_of(town.ada), "ada/app", is_public=False)
    assert town.database.read_now(find_role, identity_of(town.ada), own) is Role.ADMIN
    assert town.database.read_now(find_role, identity_of(robot), own) is Role.NONE


def test_a_robot_in_a_creators_team_may_create(town: Town) -> None:
    robot = town.robot(town.organization)
    town.join("machines", "creator", robot)

    assert town.may_create(identity_of(robot))


def test_a_robot_is_never_an_administrator_by_its_team(town: Town) -> None:
    """It could otherwise give itself every right (`access.model.permissions`)."""
    robot = town.robot(town.organization)
    town.join("machines", "admin", robot)

    assert town.may_create(identity_of(robot))
    assert town.role(identity_of(robot)) is Role.NONE


def test_nothing_is_created_in_a_disabled_or_missing_namespace(town: Town) -> None:
    identity = identity_of(town.ada)
    town.database.write_now(set_enabled, SYSTEM, town.ada, False)

    with pytest.raises(NamespaceDisabled, match="'ada' is disabled"):
        town.may_create(identity, "ada")
    assert not town.may_create(identity_of(town.user("grace")), "ada")
    assert not town.may_create(identity, "missing")
    assert not town.may_create(ANONYMOUS)
