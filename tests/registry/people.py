"""Users, robots, organizations and repositories of a test, made by the verbs that the product makes them with."""

import itertools
from typing import Any

from sqlalchemy import select, update

from pierhead.access.application_tokens import create_application_token, reveal_code
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.organizations import add_team_member, create_organization, create_team
from pierhead.accounts.robots import create_robot, reveal_token
from pierhead.accounts.users import create_user, get_namespace, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import records
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import RepositoryKind, RepositoryState
from pierhead.repositories.store import grants
from pierhead.repositories.tables import repository as repository_table
from tests.registry.client import Client, Server, basic

_numbers = itertools.count()


class People:
    """Whoever a test needs. Names get a number, so that tests which share a server do not meet."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.anonymous = Client(server)

    def user(self, name: str = "ada", *, password_hash: str | None = None, is_superuser: bool = False) -> Client:
        """A new user, who shows an application token: that costs no argon2."""
        write, box = self.server.core.database.write_now, self.server.core.secret_box
        unique = f"{name}{next(_numbers)}"
        account = write(create_user, SYSTEM, unique, f"{unique}@example.com", password_hash, is_superuser=is_superuser)
        token = write(create_application_token, SYSTEM, account.id, "tests", secret_box=box)
        return Client(self.server, unique, basic("$app", reveal_code(token, box)))

    def account(self, name: str) -> Account:
        return self.server.core.database.read_now(get_namespace, name)

    def identity(self, client: Client) -> Identity:
        """The identity of a user."""
        account = self.account(client.name)
        return Identity(IdentityKind.USER, account.name, user_id=account.id, reference=account.uuid)

    def robot(self, namespace: str, short: str = "ci") -> Client:
        write, box = self.server.core.database.write_now, self.server.core.secret_box
        robot = write(create_robot, SYSTEM, self.account(namespace), short, secret_box=box)
        return Client(self.server, robot.name, basic(robot.name, reveal_token(robot, box)))

    def organization(self, creator: Client, name: str = "org", **teams: str) -> str:
        """A new organization with further teams: their names and roles."""
        write = self.server.core.database.write_now
        unique = f"{name}{next(_numbers)}"
        organization = write(create_organization, SYSTEM, self.account(creator.name), unique)
        for team, role in teams.items():
            write(create_team, SYSTEM, organization, team, role)
        return unique

    def join(self, organization: str, team: str, member: Client) -> None:
        """Put a user into a team."""
        write = self.server.core.database.write_now
        write(add_team_member, SYSTEM, self.account(organization), team, self.account(member.name))

    def repository(self, owner: Client, short: str = "app", *, public: bool = False, kind: RepositoryKind = RepositoryKind.IMAGE) -> str:
        """A new empty repository in the namespace of a user."""
        name = f"{owner.name}/{short}{next(_numbers)}"
        self.server.core.database.write_now(create_repository, self.identity(owner), name, is_public=public, kind=kind)
        return name

    def grant(self, repository: str, holder: Client, role: str) -> None:
        """Give a user or robot a role on a repository."""

        def grant(work: UnitOfWork) -> None:
            found = records.find_repository(work, repository)
            assert found is not None
            grants.grant(work.connection, found.id, holder=holder.name, is_robot="+" in holder.name, role=role)

        self.server.core.database.write_now(grant)

    def change(self, repository: str, **values: Any) -> None:
        """Set columns of a repository for which there is no verb yet."""

        def change(work: UnitOfWork) -> None:
            work.connection.execute(update(repository_table).where(repository_table.c.name == repository).values(**values))

        self.server.core.database.write_now(change)

    def size_of(self, repository: str) -> int:
        """The figure that lists and quotas show."""

        def read(work: UnitOfWork) -> int:
            size = select(repository_table.c.size_bytes).where(repository_table.c.name == repository)
            return int(work.connection.execute(size).scalar_one())

        return self.server.core.database.read_now(read)

    def make_public(self, repository: str) -> None:
        self.change(repository, is_public=True)

    def disable(self, namespace: str) -> None:
        """Switch off a user or an organization."""
        self.server.core.database.write_now(set_enabled, SYSTEM, self.account(namespace), False)

    def freeze(self, repository: str, state: RepositoryState = RepositoryState.READ_ONLY) -> None:
        self.change(repository, state=state.value)
