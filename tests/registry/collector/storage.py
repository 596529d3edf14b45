"""What lies in the storage, and what has to."""

from pathlib import Path

from sqlalchemy import select

from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.tables import blob, manifest_blob, repository_blob
from pierhead.settings import Settings


def list_files(settings: Settings) -> set[str]:
    """The storage keys of all files of finished blobs."""
    root = Path(settings.data_dir) / "storage" / "blobs"
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def list_needed_keys(database: Database) -> set[str]:
    """The storage keys of blobs that a manifest refers to; every blob's row has to be one of them."""

    def read(work: UnitOfWork) -> tuple[set[str], set[str]]:
        used = select(blob.c.storage_key).join(manifest_blob, manifest_blob.c.blob_id == blob.c.id)
        held = select(blob.c.storage_key).join(repository_blob, repository_blob.c.blob_id == blob.c.id)
        everything = {row[0] for row in work.connection.execute(select(blob.c.storage_key))}
        needed = {row[0] for row in work.connection.execute(used)}
        assert needed == {row[0] for row in work.connection.execute(held)}
        return needed, everything

    needed, everything = database.read_now(read)
    assert needed == everything
    return needed
