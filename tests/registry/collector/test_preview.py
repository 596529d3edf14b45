"""What the look ahead names is what a round removes."""

from pierhead.platform.clock import ManualClock
from tests.registry.client import Client
from tests.registry.collector.conftest import GRACE, HOLD, WINDOW, Collector, delete_repository
from tests.registry.content import digest_of, fresh, make_image, make_index
from tests.registry.people import People


def test_what_the_look_ahead_names_is_what_goes(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People
) -> None:
    shared = fresh()
    owner.push_image(repository, "kept", make_image(layers=[shared]))
    image = owner.push_image(repository, "v1", make_image(layers=[shared, fresh()]))
    child = owner.push_image(repository)
    index = owner.push_image(repository, "list", make_index([child.descriptor()]))
    signature = owner.push_image(repository, None, make_image(subject=image.descriptor()))
    lone = owner.push_blob(repository, fresh())
    for tag in ("v1", "list"):
        owner.delete(repository, tag)
    clock.advance(seconds=HOLD + WINDOW)

    found = collector.preview()
    assert {(tag.repository, tag.name) for tag in found.tags} == {(repository, "v1"), (repository, "list")}
    assert {manifest.sha256 for manifest in found.manifests} == {each.digest for each in (image, child, index, signature)}
    gone = {digest_of(content) for each in (image, child, signature) for content in each.blobs} - {digest_of(shared)} | {lone}
    assert {blob.sha256 for blob in found.blobs} == gone

    removed = collector.run_to_the_end()
    assert (removed.tags, removed.manifests, removed.blobs) == (len(found.tags), len(found.manifests), len(found.blobs))
    assert removed.freed_bytes == found.total_bytes
    assert collector.preview().total_bytes == 0


def test_the_look_ahead_counts_bytes_that_wait_for_their_deletion(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People
) -> None:
    image = owner.push_image(repository, "v1")
    delete_repository(people, owner, repository)
    size = sum(map(len, image.blobs))
    assert (len(collector.preview().blobs), collector.preview().total_bytes) == (2, size)

    assert collector.run().blobs == 2
    assert (collector.preview().waiting, collector.preview().total_bytes) == (2, size)
    clock.advance(seconds=GRACE)
    collector.run()
    assert collector.preview().total_bytes == 0


def test_nothing_that_is_held_or_living_is_named(owner: Client, repository: str, collector: Collector) -> None:
    owner.push_image(repository, "v1")
    owner.push_image(repository)
    owner.push_blob(repository, fresh())
    owner.push_image(repository, "v1")

    found = collector.preview()
    assert (found.tags, found.manifests, found.blobs, found.total_bytes) == ([], [], [], 0)
