"""What every command that opens the data does first."""

import os

from pierhead.platform.database.migrations import upgrade
from pierhead.settings import Settings

_PRIVATE = 0o077


def prepare_data(settings: Settings) -> bool:
    """Make the data folder, readable by its owner only, and bring the database up to date; whether that changed it."""
    os.umask(_PRIVATE)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return upgrade(settings.database_url)
