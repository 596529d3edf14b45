"""Migrations: they make what the tables say, from every revision on, once, whoever runs them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pierhead.platform.database import migrations
from pierhead.platform.database.connections import create_engine
from pierhead.platform.database.migrations import current_revision, head_revision, upgrade
from pierhead.platform.errors import Unavailable
from pierhead.schema import metadata

FOLDER = Path(migrations.__file__).parent
REVISIONS = sorted(file.name.split("_", 1)[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade_to(url: str, revision: str) -> None:
    """Bring an empty database to an earlier revision."""
    engine = create_engine(url)
    config = configuration()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        connection.exec_driver_sql("BEGIN")
        alembic_upgrade(config, revision)
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'pierhead.db'}"


def test_revisions_are_one_chain_of_numbers() -> None:
    scripts = list(ScriptDirectory.from_config(configuration()).walk_revisions())
    assert [script.revision for script in reversed(scripts)] == REVISIONS
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert head_revision() == REVISIONS[-1]


def test_the_migrations_make_exactly_the_tables_of_the_rooms(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_database_of_every_earlier_revision_is_brought_up_to_date_and_copied_first(tmp_path: Path, revision: str) -> None:
    url = sqlite_url(tmp_path)
    upgrade_to(url, revision)

    assert upgrade(url)

    with sqlalchemy.create_engine(url).connect() as connection:
        assert current_revision(connection) == head_revision()
    with sqlalchemy.create_engine(f"sqlite:///{tmp_path / f'pierhead.db.before-{revision}'}").connect() as copied:
        assert current_revision(copied) == revision


def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    assert upgrade(sqlite_url(tmp_path))
    assert not upgrade(sqlite_url(tmp_path))
    assert not list(tmp_path.glob("*.before-*"))


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    upgrade(sqlite_url(tmp_path))
    with sqlalchemy.create_engine(sqlite_url(tmp_path)).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer than this version"):
        upgrade(sqlite_url(tmp_path))


def test_several_starts_at_once_migrate_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as starts:
        ended = [starts.submit(upgrade, sqlite_url(tmp_path)) for _ in range(4)]
    assert any(start.result() for start in ended)
    assert not upgrade(sqlite_url(tmp_path))
