"""Background jobs about tags, and databases of an earlier version."""

import threading
from pathlib import Path

import sqlalchemy
from sqlalchemy import select

from pierhead.app import build_job_services
from pierhead.platform.clock import ManualClock
from pierhead.platform.database.migrations import upgrade
from pierhead.platform.jobs.model import JobContext
from pierhead.registry.tables import tag_listing
from pierhead.registry.tag_jobs import PruneTags, UnlistExpiredTags
from pierhead.repositories.records import find_repository
from tests.platform.database.test_migrations import upgrade_to
from tests.registry.client import Client, Server
from tests.registry.conftest import NewServer
from tests.registry.tags_api import kinds, labelled_image, names, post


def run(job: PruneTags | UnlistExpiredTags, server: Server) -> None:
    services = build_job_services(server.core)
    job.run(JobContext(services, server.core.database, key="tags", attempt=1, stopping=threading.Event()))


def listed(client: Client, repository: str) -> list[str]:
    """What the list holds, expired or not."""
    database = client.server.core.database
    found = database.read_now(find_repository, repository)
    assert found is not None
    statement = select(tag_listing.c.name).where(tag_listing.c.repository_id == found.id).order_by(tag_listing.c.name)
    return database.read_now(lambda work: [row[0] for row in work.connection.execute(statement)])


def test_expired_tags_leave_the_list_with_the_signatures_of_their_images(owner: Client, repository: str, clock: ManualClock) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"quay.expires-after": "2h"}))
    signature = f"{image.digest.replace(':', '-')}.sig"
    owner.push_image(repository, signature)
    owner.push_image(repository, "stays")
    clock.advance(hours=2)

    assert listed(owner, repository) == [signature, "stays", "v1"]
    run(UnlistExpiredTags(), owner.server)
    assert listed(owner, repository) == names(owner, repository) == ["stays"]
    assert kinds(owner, repository, "v1") == ["created", "expired"]
    assert kinds(owner, repository, signature) == ["created", "deleted"]


def test_the_job_prunes_by_policies_and_by_that_of_the_settings(
    owner: Client, repository: str, clock: ManualClock, new_server: NewServer
) -> None:
    for name in ("v1", "v2", "v3"):
        owner.push_image(repository, name)
        clock.advance(seconds=1)
    post(owner, f"/repository/{repository}/autoprunepolicy/", {"method": "number_of_tags", "value": 2}, status=201)
    run(PruneTags(), owner.server)
    assert names(owner, repository) == ["v3", "v2"]

    rules = owner.server.settings.tags.model_copy(update={"default_prune_policy": "number_of_tags:1"})
    run(PruneTags(), new_server(tags=rules))
    assert names(owner, repository) == ["v3"]
    run(PruneTags(), new_server(tags=rules.model_copy(update={"auto_prune": False})))
    assert names(owner, repository) == ["v3"]


def test_tags_of_an_earlier_version_are_listed_and_their_ends_explained(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pierhead.db'}"
    upgrade_to(url, "0013")
    digest = "sha256:" + "a" * 64
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO account (id, uuid, kind, name, is_enabled, is_verified, is_superuser, tag_window_seconds, session_generation,"
                " sends_invoices, created_at) VALUES (1, 'u', 'user', 'ada', 1, 1, 0, 1209600, 0, 0, '2026-01-01')"
            ),
            (
                "INSERT INTO repository (id, namespace_id, name, kind, state, is_public, description, created_at, size_bytes)"
                " VALUES (1, 1, 'ada/app', 'image', 'NORMAL', 0, '', '2026-01-01', 0)"
            ),
            (
                "INSERT INTO manifest (id, repository_id, sha256, algorithm, media_type, kind, size_bytes, content_bytes, created_ms, held_until_ms)"
                f" VALUES (1, 1, '{digest}', 'sha256', 'm', 'image', 5, 70, 1, 0)"
            ),
            (
                "INSERT INTO tag (id, repository_id, name, manifest_id, algorithm, start_ms, end_ms, restored, immutable, moved_by) VALUES"
                " (1, 1, 'v1', 1, 'sha256', 10, 20, 0, 0, 'ada'), (2, 1, 'v1', 1, 'sha256', 20, NULL, 0, 0, 'ada'),"
                " (3, 1, 'gone', 1, 'sha256', 10, 30, 0, 0, 'ada')"
            ),
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()

    upgrade(url)

    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT name, tag_id, digest, size_bytes, moved_by, referrers FROM tag_listing").all()
        reasons = connection.exec_driver_sql("SELECT end_reason FROM tag ORDER BY id").scalars().all()
    engine.dispose()
    assert found == [("v1", 2, digest, 70, "ada", 0)]
    assert reasons == ["moved", None, "deleted"]
