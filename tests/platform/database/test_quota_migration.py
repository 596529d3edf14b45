"""What namespaces hold is counted by the migration that brings the counters, so that quotas hold from the first push on."""

from pathlib import Path

import sqlalchemy

from pierhead.platform.database.migrations import upgrade
from tests.platform.database.test_migrations import sqlite_url, upgrade_to

_BEFORE = "0010"
_ACCOUNT = (
    "INSERT INTO account (id, uuid, kind, name, email, is_superuser, is_verified, is_enabled, tag_window_seconds, session_generation, created_at)"
    " VALUES ({id}, 'uuid-{id}', 'user', 'ada{id}', 'ada{id}@example.com', 0, 1, 1, 0, 0, '2026-01-01')"
)
_REPOSITORY = (
    "INSERT INTO repository (id, namespace_id, name, kind, state, is_public, description, created_at, size_bytes)"
    " VALUES ({id}, {namespace}, 'name{id}', 'image', 'NORMAL', 0, '', '2026-01-01', 0)"
)
_BLOB = "INSERT INTO blob (id, sha256, size_bytes, storage_key, created_ms) VALUES ({id}, 'sha256:{id}', {size}, 'key{id}', 0)"
_HELD = "INSERT INTO repository_blob (repository_id, blob_id, held_until_ms) VALUES ({repository}, {blob}, 0)"


def test_a_blob_of_two_repositories_counts_once_for_their_namespace(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    upgrade_to(url, _BEFORE)
    with sqlalchemy.create_engine(url).begin() as connection:
        run = connection.exec_driver_sql
        for account in (1, 2):
            run(_ACCOUNT.format(id=account))
        for repository, namespace in ((1, 1), (2, 1), (3, 2)):
            run(_REPOSITORY.format(id=repository, namespace=namespace))
        for blob, size in ((1, 100), (2, 20), (3, 3)):
            run(_BLOB.format(id=blob, size=size))
        for repository, blob in ((1, 1), (2, 1), (2, 2), (3, 1), (3, 3)):
            run(_HELD.format(repository=repository, blob=blob))

    assert upgrade(url)

    with sqlalchemy.create_engine(url).connect() as connection:
        usage = connection.exec_driver_sql("SELECT namespace_id, unique_bytes FROM namespace_usage ORDER BY namespace_id").all()
        holders = connection.exec_driver_sql("SELECT namespace_id, blob_id, holders FROM namespace_blob ORDER BY 1, 2").all()
    assert [tuple(row) for row in usage] == [(1, 120), (2, 103)]
    assert [tuple(row) for row in holders] == [(1, 1, 2), (1, 2, 1), (2, 1, 1), (2, 3, 1)]
