"""The cache of squashed images is kept small, and forgets what it cannot serve (squash, section 5)."""

from sqlalchemy import delete, select

from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.registry.tables import manifest, tag, tag_listing
from pierhead.settings import SquashSettings
from pierhead.squash import cache
from pierhead.squash.jobs import EvictSquashedImages, SweepSquashedImages
from pierhead.squash.tables import squashed_image
from tests.layers.archives import file, pack
from tests.layers.running import run_job
from tests.registry.client import Client, Server
from tests.registry.content import fresh
from tests.squash.conftest import NewServer
from tests.squash.images import build, fetch


def list_keys(server: Server) -> list[str]:
    """Where the whole images of the cache lie, the oldest entry first."""

    def read(work: UnitOfWork) -> list[str]:
        found = select(squashed_image.c.storage_key).where(squashed_image.c.storage_key.is_not(None)).order_by(squashed_image.c.id)
        return [row[0] for row in work.connection.execute(found)]

    return server.core.database.read_now(read)


def fill(owner: Client, repository: str, tag_name: str) -> str:
    """Push an image and fetch it squashed; where it lies now."""
    owner.push_image(repository, tag_name, build(pack(file("a", fresh()))))
    fetch(owner, repository, tag_name)
    return list_keys(owner.server)[-1]


def test_an_image_goes_with_its_manifest(server: Server, owner: Client, repository: str) -> None:
    gone, kept = fill(owner, repository, "gone"), fill(owner, repository, "kept")

    def remove(work: UnitOfWork) -> None:
        found = select(tag.c.manifest_id).where(tag.c.name == "gone").scalar_subquery()
        manifest_id = work.connection.execute(select(found)).scalar_one()
        work.connection.execute(delete(tag_listing).where(tag_listing.c.manifest_id == manifest_id))
        work.connection.execute(delete(tag).where(tag.c.manifest_id == manifest_id))
        work.connection.execute(delete(manifest).where(manifest.c.id == manifest_id))

    server.core.database.write_now(remove)
    run_job(server, EvictSquashedImages())

    assert server.core.blobs.size(gone) is None
    assert server.core.blobs.size(kept) is not None
    assert gone not in list_keys(server)


def test_what_a_dead_process_left_unfinished_is_forgotten(
    server: Server, server_clock: ManualClock, owner: Client, repository: str
) -> None:
    pushed = owner.push_image(repository, "v1", build(pack(file("a", fresh()))))
    state = server.core.blobs.begin_upload(f"dead-{pushed.digest[7:27]}")
    writer = server.core.blobs.open_writer(state, 0)
    writer.write([b"half"])
    writer.flush()
    writer.close()

    def begin(work: UnitOfWork) -> int | None:
        manifest_id = work.connection.execute(select(manifest.c.id).where(manifest.c.sha256 == pushed.digest)).scalar_one()
        return cache.begin(work, manifest_id, "variant", store_state=state, size_bytes=100)

    row = server.core.database.write_now(begin)
    run_job(server, EvictSquashedImages())
    assert server.core.blobs.read_upload(state, 0, 4) == b"half"

    server_clock.advance(seconds=cache.LEASE_SECONDS + 1)
    run_job(server, EvictSquashedImages())

    def count(work: UnitOfWork) -> int:
        return len(work.connection.execute(select(squashed_image.c.id).where(squashed_image.c.id == row)).all())

    assert server.core.database.read_now(count) == 0


def test_a_smaller_cache_is_made_to_fit(owner: Client, repository: str, new_server: NewServer) -> None:
    fill(owner, repository, "v1")
    small = new_server(squash=SquashSettings(cache_bytes=0))
    keys = list_keys(small)
    run_job(small, EvictSquashedImages())
    assert list_keys(small) == []
    assert [small.core.blobs.size(key) for key in keys] == [None] * len(keys)


def test_images_that_no_entry_names_are_swept(server: Server, owner: Client, repository: str) -> None:
    kept = fill(owner, repository, "v1")
    server.core.blobs.put("squash/ab/orphan", b"bytes")

    run_job(server, SweepSquashedImages())
    assert server.core.blobs.size("squash/ab/orphan") == 5
    run_job(server, SweepSquashedImages(older_than_seconds=0))

    assert server.core.blobs.size("squash/ab/orphan") is None
    assert server.core.blobs.size(kept) is not None
