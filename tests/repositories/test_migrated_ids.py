"""The table of repositories is built anew on SQLite so that no id returns: nothing that refers to it is lost, and known ids count as given."""

import sqlite3
from pathlib import Path

from pierhead.platform.database.migrations import upgrade
from tests.platform.database.test_migrations import sqlite_url, upgrade_to

_BEFORE = (
    (
        "INSERT INTO account (id, uuid, kind, name, is_enabled, is_verified, is_superuser, tag_window_seconds, session_generation, created_at,"
        " sends_invoices) VALUES (1, 'u', 'user', 'ada', 1, 1, 0, 0, 0, '2026-11-24 12:00:00', 0)"
    ),
    (
        "INSERT INTO repository (id, namespace_id, name, kind, state, is_public, description, created_at, size_bytes)"
        " VALUES (3, 1, 'ada/app', 'image', 'NORMAL', 1, 'text', '2026-11-24 12:00:00', 7)"
    ),
    "INSERT INTO repository_permission (repository_id, user_id, role) VALUES (3, 1, 'admin')",
    "INSERT INTO star (user_id, repository_id, created_at) VALUES (1, 3, '2026-11-24 12:00:00')",
    "INSERT INTO pull_counter (repository_id, tag, pulls, last_pulled_at) VALUES (9, 'v1', 4, '2026-11-24 12:00:00')",
)
_ANOTHER = (
    "INSERT INTO repository (namespace_id, name, kind, state, is_public, description, created_at, size_bytes)"
    " VALUES (1, 'ada/next', 'image', 'NORMAL', 0, '', '2026-11-24 12:00:00', 0)"
)


def test_rows_survive_and_the_next_id_is_beyond_every_known_one(tmp_path: Path) -> None:
    upgrade_to(sqlite_url(tmp_path), "0012")
    connection = sqlite3.connect(tmp_path / "pierhead.db")
    for statement in _BEFORE:
        connection.execute(statement)
    connection.commit()
    connection.close()

    assert upgrade(sqlite_url(tmp_path))

    connection = sqlite3.connect(tmp_path / "pierhead.db")
    assert connection.execute("SELECT id, name, description, size_bytes FROM repository").fetchall() == [(3, "ada/app", "text", 7)]
    assert connection.execute("SELECT repository_id, role FROM repository_permission").fetchall() == [(3, "admin")]
    assert connection.execute("SELECT repository_id FROM star").fetchall() == [(3,)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute(_ANOTHER).lastrowid == 10
    connection.close()
