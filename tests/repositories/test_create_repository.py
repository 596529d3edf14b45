"""Creating repositories, their sizes, and the names that a caller sees (specification S1.1, S1.8, S1.11)."""

import pytest
from sqlalchemy import select

from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.model.roles import Role
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.users import create_user
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.audit.store import list_entries_of_namespace
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.errors import AlreadyExists
from pierhead.repositories import records
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.model import CreationDenied, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import find_role
from pierhead.repositories.tables import repository


@pytest.fixture
def ada(database: Database) -> Account:
    return database.write_now(create_user, SYSTEM, "ada", "ada@example.com", None)


@pytest.fixture
def identity(ada: Account) -> Identity:
    return Identity(IdentityKind.USER, "ada", user_id=ada.id, reference=ada.uuid)


def test_a_new_repository_is_empty_and_its_creator_administers_it(database: Database, ada: Account, identity: Identity) -> None:
    created = database.write_now(
        create_repository, identity, "ada/a/b", is_public=True, kind=RepositoryKind.APPLICATION, address="192.0.2.1"
    )

    assert (created.name, created.namespace, created.namespace_id) == ("ada/a/b", "ada", ada.id)
    assert (created.kind, created.state, created.is_public) == (RepositoryKind.APPLICATION, RepositoryState.NORMAL, True)
    assert database.read_now(records.find_repository, "ada/a/b") == created
    assert database.read_now(records.find_repository_by_id, created.id) == created
    assert database.read_now(find_role, identity, created) is Role.ADMIN


def test_its_creation_is_logged(database: Database, ada: Account, identity: Identity) -> None:
    database.write_now(create_repository, identity, "ada/a/b", is_public=False, address="192.0.2.1")
    entries = database.read_now(lambda work: list_entries_of_namespace(work.connection, ada.id, 10))
    (entry,) = [entry for entry in entries if entry.kind == LogKind.CREATE_REPO]

    assert (entry.performer_name, entry.ip) == ("ada", "192.0.2.1")
    assert (entry.metadata["repo"], entry.metadata["namespace"]) == ("a/b", "ada")


def test_a_name_that_is_taken_is_refused(database: Database, identity: Identity) -> None:
    database.write_now(create_repository, identity, "ada/app", is_public=False)

    with pytest.raises(AlreadyExists, match="already exists"):
        database.write_now(create_repository, identity, "ada/app", is_public=True)


@pytest.mark.parametrize("name", ["grace/app", "missing/app"])
def test_a_foreign_namespace_and_a_missing_one_are_refused_alike(database: Database, identity: Identity, name: str) -> None:
    database.write_now(create_user, SYSTEM, "grace", "grace@example.com", None)

    for caller in (identity, ANONYMOUS):
        with pytest.raises(CreationDenied, match="^You may not create repositories in the namespace"):
            database.write_now(create_repository, caller, name, is_public=False)
    assert database.read_now(records.find_repository, name) is None


def test_its_size_grows_and_shrinks(database: Database, identity: Identity) -> None:
    created = database.write_now(create_repository, identity, "ada/app", is_public=False)
    for change in (100, 250, -100):
        database.write_now(records.change_size, created, change)

    def read(work: UnitOfWork) -> int:
        return int(work.connection.execute(select(repository.c.size_bytes).where(repository.c.id == created.id)).scalar_one())

    assert database.read_now(read) == 250


def test_visible_names_come_in_byte_order_and_in_pages(database: Database, identity: Identity) -> None:
    names = ["ada/a", "ada/a-b", "ada/a.b", "ada/a/b", "ada/a0", "ada/a_b", "ada/b"]
    for name in reversed(names):
        database.write_now(create_repository, identity, name, is_public=False)
    pages = []
    after = ""
    while page := database.read_now(records.list_visible_names, identity, with_public=False, after=after, maximum=3):
        pages.append(page)
        after = page[-1]

    assert pages == [names[:3], names[3:6], names[6:]]
    assert database.read_now(records.list_visible_names, ANONYMOUS, with_public=True, after="", maximum=9) == []
