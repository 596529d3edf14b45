"""Databases for tests: each test gets its own, copied from one whose tables were made once."""

import os
import shutil
from pathlib import Path

from pierhead.platform.database import migrations

ENGINES = ("sqlite", "postgresql")


def chosen_engines() -> tuple[str, ...]:
    """The engines that this run tests, by PIERHEAD_TEST_DATABASE: sqlite, postgresql or both."""
    wanted = os.environ.get("PIERHEAD_TEST_DATABASE", "both")
    if wanted == "both":
        return ENGINES
    if wanted in ENGINES:
        return (wanted,)
    raise ValueError(f"PIERHEAD_TEST_DATABASE is {wanted!r}; it must be sqlite, postgresql or both")


def create_schema(url: str) -> None:
    """Make every table of the product in an empty database, as the product itself does."""
    migrations.upgrade(url)


def copy_sqlite(template: Path, target: Path) -> str:
    """Copy a SQLite database that nobody has open; the copy's address."""
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"
