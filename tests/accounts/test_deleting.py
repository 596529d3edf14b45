"""A deleted organization takes everything under it along, on both engines; content that others may use stays for the collector."""

from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from pierhead.access.delete_account import delete_account
from pierhead.accounts import organizations, robots, teams, users
from pierhead.accounts.model.accounts import Account, Federation
from pierhead.accounts.tables import robot, robot_federation, team, team_member
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.remove_repository import remove_some_content
from pierhead.registry.tables import blob, manifest, manifest_blob, manifest_child, manifest_content, repository_blob, tag, upload
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from pierhead.repositories.records import list_deleted_ids
from pierhead.repositories.remove_namespace import remove_some_of_namespace
from pierhead.repositories.tables import repository, repository_permission
from tests.access.builders import make_secret_box

DIGEST = "sha256:" + "0" * 64
GONE = (
    repository, repository_permission, repository_blob, manifest, manifest_blob, manifest_child, manifest_content, tag, upload, robot,
    robot_federation, team, team_member,
)  # fmt: skip


@pytest.fixture
def harbour(database: Database) -> Account:
    """An organization with a robot, and with a repository that holds an image, its history and an upload that has begun."""
    ada = database.write_now(users.create_user, SYSTEM, "ada", None, None)
    created = database.write_now(organizations.create_organization, SYSTEM, ada, "harbour")
    database.write_now(robots.create_robot, SYSTEM, created, "ci", secret_box=make_secret_box())
    database.write_now(robots.replace_federation, SYSTEM, created, "ci", [Federation("https://issuer.example.com", "a")])
    machine = database.read_now(robots.get_robot, created, "ci")
    database.write_now(teams.add_team_member, SYSTEM, created, "owners", machine)
    database.write_now(fill, created.id, ada.id, machine.id)
    return created


def fill(work: UnitOfWork, namespace_id: int, user_id: int, robot_id: int) -> None:
    def add(table: Table, **values: Any) -> int:
        key = next(iter(table.primary_key.columns))
        number: int = work.connection.execute(insert(table).values(values).returning(key)).scalar_one()
        return number

    place = add(
        repository,
        namespace_id=namespace_id,
        name="harbour/app",
        kind="image",
        state="NORMAL",
        is_public=False,
        description="",
        created_at=work.now,
    )
    add(repository_permission, repository_id=place, user_id=user_id, role="admin")
    add(repository_permission, repository_id=place, robot_id=robot_id, role="write")
    layer = add(blob, sha256=DIGEST, size_bytes=1, storage_key="key", created_ms=0)
    add(repository_blob, repository_id=place, blob_id=layer, held_until_ms=0)
    image = add(
        manifest,
        repository_id=place,
        sha256=DIGEST,
        algorithm="sha256",
        media_type="application/vnd.oci.image.manifest.v1+json",
        kind="image",
        size_bytes=2,
        created_ms=0,
        held_until_ms=0,
    )
    add(manifest_content, manifest_id=image, content=b"{}")
    add(manifest_blob, manifest_id=image, blob_id=layer)
    add(manifest_child, manifest_id=image, child=DIGEST, position=0)
    for start in (0, 1):
        add(tag, repository_id=place, name="latest", manifest_id=image, algorithm="sha256", start_ms=start, end_ms=None if start else 1)
    add(upload, uuid="u", repository_id=place, started_by="ada", algorithm="sha256", received_bytes=0, store_state="", touched_ms=0)


def count(work: UnitOfWork, table: Table) -> int:
    number: int = work.connection.execute(select(func.count()).select_from(table)).scalar_one()
    return number


def test_everything_under_a_deleted_organization_goes_with_it(database: Database, harbour: Account) -> None:
    for table in GONE:
        assert database.read_now(count, table) > 0, table.name

    database.write_now(delete_account, SYSTEM, harbour, grants=StoredRepositoryGrants())
    (place,) = database.read_now(list_deleted_ids, 10)
    while database.write_now(remove_some_content, place, 1):
        pass
    while database.write_now(remove_some_of_namespace, harbour.id, 1):
        pass

    assert {table.name: database.read_now(count, table) for table in GONE} == dict.fromkeys((table.name for table in GONE), 0)
    assert database.read_now(count, blob) == 1
    assert database.read_now(users.get_user, "ada").name == "ada"
