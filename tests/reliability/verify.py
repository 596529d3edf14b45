"""Is everything there that the server said yes to, and does the database hold together?"""

import asyncio
import hashlib
import itertools
from collections.abc import Collection
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, text

from tests.reliability.push import Ledger, sha256
from tests.reliability.wire import Wire

Thing = tuple[str, str, str]  # kind, repository, reference


def things_of(ledger: Ledger) -> list[Thing]:
    """Everything that was answered 201, the oldest of each kind first."""
    return [
        *(("manifests", repository, digest) for repository, digest in ledger.manifests),
        *(("blobs", repository, digest) for repository, digest in ledger.blobs),
        *(("tags", repository, tag) for repository, tag in ledger.tagged),
    ]


async def check_things(port: int, token: str, ledger: Ledger, things: Collection[Thing], *, connections: int = 8) -> int:
    """Pull what was answered 201 and compare it byte for byte; how many things were compared."""
    work: asyncio.Queue[Thing] = asyncio.Queue()
    for thing in things:
        work.put_nowait(thing)

    async def pull() -> None:
        async with Wire(port, token=token) as wire:
            while not work.empty():
                await _check(wire, ledger, *work.get_nowait())

    await asyncio.gather(*(pull() for _ in range(connections)))
    return len(things)


async def _check(wire: Wire, ledger: Ledger, kind: str, repository: str, reference: str) -> None:
    if kind == "blobs":
        answer = (await wire.request("GET", f"/v2/{repository}/blobs/{reference}")).require(200)
        assert sha256(answer.body) == reference, f"the blob {reference} of {repository} is corrupt"
        return
    answer = (await wire.request("GET", f"/v2/{repository}/manifests/{reference}")).require(200)
    if kind == "manifests":
        assert answer.body == ledger.manifests[repository, reference]
    else:
        digest = sha256(answer.body)
        assert digest in ledger.tags[repository, reference], f"{repository}:{reference} holds what nobody pushed there"


async def check_tag_lists(port: int, token: str, ledger: Ledger) -> None:
    """Every tag that was answered 201 is listed, and none that nobody pushed."""
    async with Wire(port, token=token) as wire:
        for repository in {repository for repository, _ in ledger.tagged}:
            listed = (await wire.request("GET", f"/v2/{repository}/tags/list")).require(200).json["tags"]
            answered = {tag for name, tag in ledger.tagged if name == repository}
            sent = {tag for name, tag in ledger.tags if name == repository}
            assert listed == sorted(listed)
            assert answered <= set(listed) <= sent


def check_database(url: str, storage: Path, *, thorough: bool) -> dict[str, int]:
    """The invariants of the database, and that every blob row has its file; counts for the report. `thorough` hashes the files, too."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            tags = check_intervals(connection)
            rows = _check_edges(connection)
            stored = _check_files(connection, storage, thorough=thorough)
    finally:
        engine.dispose()
    return {"intervals": tags, **rows, **stored}


def check_intervals(connection: Connection) -> int:
    """The intervals of a tag touch or leave a gap, never overlap, and at most the newest is open; how many there are."""
    rows = connection.execute(
        text("SELECT repository_id, name, start_ms, end_ms FROM tag ORDER BY repository_id, name, start_ms, id")
    ).all()
    for before, after in itertools.pairwise(rows):
        if before[:2] == after[:2]:
            assert before.end_ms is not None, f"{before.name} has an open interval that is not the newest"
            assert before.end_ms <= after.start_ms, f"intervals of {before.name} overlap"
    for row in rows:
        assert row.end_ms is None or row.start_ms <= row.end_ms, f"an interval of {row.name} ends before it begins"
    return len(rows)


def check_touching(connection: Connection) -> None:
    """Of tags that were only ever pushed over, each interval begins where the one before ended."""
    rows = connection.execute(
        text("SELECT repository_id, name, start_ms, end_ms FROM tag ORDER BY repository_id, name, start_ms, id")
    ).all()
    for before, after in itertools.pairwise(rows):
        if before[:2] == after[:2]:
            assert before.end_ms == after.start_ms, f"the history of {before.name} has a gap"


def _check_edges(connection: Connection) -> dict[str, int]:
    without_content = "SELECT count(*) FROM manifest LEFT JOIN manifest_content ON manifest_id = id WHERE content IS NULL"
    assert connection.execute(text(without_content)).scalar() == 0
    unheld = (
        "SELECT count(*) FROM manifest_blob JOIN manifest ON manifest.id = manifest_id LEFT JOIN repository_blob AS held"
        " ON held.blob_id = manifest_blob.blob_id AND held.repository_id = manifest.repository_id WHERE held.blob_id IS NULL"
    )
    assert connection.execute(text(unheld)).scalar() == 0
    wrong_size = (
        "SELECT name FROM repository WHERE size_bytes <> (SELECT coalesce(sum(blob.size_bytes), 0) FROM repository_blob"
        " JOIN blob ON blob.id = blob_id WHERE repository_id = repository.id)"
    )
    assert connection.execute(text(wrong_size)).all() == []
    return {name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()) for name in ("blob", "manifest", "upload")}


def _check_files(connection: Connection, storage: Path, *, thorough: bool) -> dict[str, int]:
    known = set()
    for sha, size, key in connection.execute(text("SELECT sha256, size_bytes, storage_key FROM blob")):
        file = storage / "blobs" / key
        assert file.stat().st_size == size, f"the file of {sha} is not whole"
        if thorough:
            with file.open("rb") as stored:
                assert f"sha256:{hashlib.file_digest(stored, 'sha256').hexdigest()}" == sha, f"the file of {sha} is corrupt"
        known.add(file)
    files = {file for file in (storage / "blobs").rglob("*") if file.is_file()}
    left_over = {name: len(list((storage / name).iterdir())) for name in ("uploads", "temporary")}
    return {"files": len(files), "files without a row": len(files - known), **left_over}
