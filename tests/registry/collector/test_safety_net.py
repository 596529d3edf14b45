"""What nobody noted: rows that lost their last reference in silence, and files that no row names."""

from pathlib import Path

from sqlalchemy import text

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from tests.registry.client import Client, Server
from tests.registry.collector.conftest import Collector
from tests.registry.collector.storage import list_files
from tests.registry.content import digest_of, fresh
from tests.registry.people import People

_FORGET = (
    "DELETE FROM collector_repository",
    "UPDATE manifest SET held_until_ms = 0",
    "UPDATE repository_blob SET held_until_ms = 0",
    "UPDATE blob SET unused_ms = NULL",
)


def forget_everything(server: Server) -> None:
    """Take away all notes of the collector."""

    def forget(work: UnitOfWork) -> None:
        for statement in _FORGET:
            work.connection.execute(text(statement))

    server.core.database.write_now(forget)


def test_the_sweep_finds_all_that_was_let_go_of_in_silence(
    owner: Client, repository: str, collector: Collector, server: Server, clock: ManualClock
) -> None:
    """Each kind at its turn: an ended tag, a manifest without a tag, a blob without a manifest, a blob without a repository."""
    kept = owner.push_image(repository, "kept")
    owner.push_image(repository, "v1")
    owner.push_image(repository)
    owner.push_blob(repository, fresh())
    owner.blob(repository, owner.push_blob(repository, fresh()), "DELETE")
    owner.delete(repository, "v1")
    forget_everything(server)
    assert not any(collector.run_to_the_end())

    assert collector.sweep() == 4
    removed = collector.run_to_the_end()
    assert (removed.tags, removed.manifests, removed.blobs) == (1, 2, 6)
    assert collector.sweep() == 0
    assert owner.pull(repository, "kept").body == kept.content
    collector.check_storage()


def test_the_sweep_finds_the_blobs_of_rows_that_went_with_others(
    owner: Client, collector: Collector, server: Server, people: People
) -> None:
    """The database takes repositories away with their namespace."""
    organization = people.organization(owner)
    owner.push_image(f"{organization}/app", "v1")
    forget = text("DELETE FROM account WHERE name = :name")
    server.core.database.write_now(lambda work: work.connection.execute(forget, {"name": organization}).rowcount)

    assert collector.sweep() == 2
    assert collector.run_to_the_end().blobs == 2
    collector.check_storage()


def test_old_files_without_a_row_go_and_all_others_stay(owner: Client, repository: str, collector: Collector, server: Server) -> None:
    """Also what waits for its deletion, what has just been stored, unfinished uploads, and the files of other rooms."""
    image = owner.push_image(repository, "v1")
    location = owner.start_upload(repository)
    assert owner.call("PATCH", location, body=b"half of it").status == 202
    owner.blob(repository, owner.push_blob(repository, fresh()), "DELETE")
    collector.run()
    blobs = server.core.blobs
    foreign = blobs.put("contents/ab/abcdef", b"of another room")
    before = list_files(server.settings)
    orphan = blobs.put(f"sha256/ab/{'ab' * 32}-{'0' * 16}", b"whose process was killed")
    second_copy = blobs.put(f"sha256/{digest_of(image.blobs[0])[7:9]}/{digest_of(image.blobs[0])[7:]}-{'0' * 16}", image.blobs[0])

    assert not any(collector.remove_orphans(3600))
    assert blobs.size(orphan) is not None
    removed = collector.remove_orphans(0)

    assert (removed.orphans, removed.orphan_bytes) == (2, len(b"whose process was killed") + len(image.blobs[0]))
    assert list_files(server.settings) == before
    assert (blobs.size(orphan), blobs.size(second_copy), blobs.size(foreign)) == (None, None, len(b"of another room"))
    assert owner.finish_upload(location, digest_of(b"half of it")).status == 201
    assert Path(server.settings.data_dir).exists()
