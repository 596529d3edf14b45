"""The application's database: SQLite in a file or PostgreSQL, behind units of work."""

from pierhead.platform.database.doorbell import Doorbell, NodeListener
from pierhead.platform.database.engine import Database, UnitOfWork
from pierhead.platform.database.prepared import Prepared
from pierhead.platform.database.schema import RowId, UtcDateTime, metadata, upsert

__all__ = ["Database", "Doorbell", "NodeListener", "Prepared", "RowId", "UnitOfWork", "UtcDateTime", "metadata", "upsert"]
