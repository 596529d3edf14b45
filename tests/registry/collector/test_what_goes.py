"""What the collector removes, and what it keeps (tags-and-gc 7)."""

import pytest

from pierhead.platform.clock import ManualClock
from tests.registry.client import Client
from tests.registry.collector.conftest import GRACE, HOLD, WINDOW, Collector, delete_repository, set_enabled, set_window
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, fresh, make_image, make_index
from tests.registry.people import People


def test_what_a_living_tag_needs_stays_for_ever(owner: Client, repository: str, collector: Collector) -> None:
    image = owner.push_image(repository, "v1")

    assert not any(collector.run_to_the_end())

    assert owner.pull(repository, "v1").body == image.content
    assert [owner.blob(repository, digest_of(content)).body for content in image.blobs] == list(image.blobs)
    collector.check_storage()


def test_the_time_machine_keeps_a_deleted_tag_and_lets_it_go_behind_its_window(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People
) -> None:
    """One after the other: the interval, after a grace the manifest, after another its blobs, after a last one their bytes."""
    kept, image = owner.push_image(repository, "kept"), owner.push_image(repository, "v1")
    clock.advance(seconds=HOLD + 1)
    collector.run()
    owner.delete(repository, "v1")
    clock.advance(seconds=WINDOW - 1)
    assert not any(collector.run())
    assert owner.pull(repository, image.digest).status == 200

    clock.advance(seconds=1)
    assert collector.run()._asdict() == {"tags": 1, "manifests": 0, "blobs": 0, "freed_bytes": 0, "orphans": 0, "orphan_bytes": 0}
    assert owner.pull(repository, image.digest).status == 200
    clock.advance(seconds=GRACE)
    assert collector.run().manifests == 1
    assert owner.pull(repository, image.digest).codes == ["MANIFEST_UNKNOWN"]
    assert owner.blob(repository, digest_of(image.blobs[0])).status == 200
    clock.advance(seconds=GRACE)
    assert collector.run().blobs == 2
    assert owner.blob(repository, digest_of(image.blobs[0])).codes == ["BLOB_UNKNOWN"]
    assert people.size_of(repository) == sum(map(len, kept.blobs))
    clock.advance(seconds=GRACE)
    assert collector.run().freed_bytes == sum(map(len, image.blobs))
    collector.check_storage()


def test_a_moved_tag_lets_go_of_what_it_left(owner: Client, repository: str, collector: Collector) -> None:
    old = owner.push_image(repository, "v1")
    new = owner.push_image(repository, "v1")

    collector.run_to_the_end()

    assert owner.pull(repository, old.digest).status == 404
    assert owner.pull(repository, "v1").body == new.content
    collector.check_storage()


def test_a_layer_that_another_tag_needs_stays(owner: Client, repository: str, collector: Collector) -> None:
    shared = fresh()
    gone = owner.push_image(repository, "a", make_image(layers=[shared, fresh()]))
    owner.push_image(repository, "b", make_image(layers=[shared]))
    owner.delete(repository, "a")

    assert collector.run_to_the_end().blobs == 2
    assert owner.blob(repository, digest_of(shared)).body == shared
    assert owner.blob(repository, digest_of(gone.blobs[2])).status == 404
    collector.check_storage()


def test_a_blob_that_another_repository_holds_stays_there_only(
    owner: Client, repository: str, collector: Collector, people: People
) -> None:
    other = people.repository(owner)
    image = owner.push_image(repository, "v1")
    owner.push_image(other, "v1", image)
    owner.delete(repository, "v1")

    assert collector.run_to_the_end().blobs == 0
    assert owner.blob(repository, digest_of(image.blobs[1])).status == 404
    assert owner.blob(other, digest_of(image.blobs[1])).status == 200
    assert (people.size_of(repository), people.size_of(other)) == (0, sum(map(len, image.blobs)))
    collector.check_storage()


def test_children_live_with_their_lists_however_deep(owner: Client, repository: str, collector: Collector) -> None:
    image = owner.push_image(repository)
    inner = owner.push_image(repository, None, make_index([image.descriptor()]))
    outer = owner.push_image(repository, "v1", make_index([inner.descriptor()]))
    collector.run_to_the_end()
    assert [owner.pull(repository, each.digest).status for each in (image, inner, outer)] == [200] * 3

    owner.delete(repository, "v1")
    assert collector.run_to_the_end().manifests == 3
    collector.check_storage()


def test_a_child_that_has_a_tag_of_its_own_survives_its_list(owner: Client, repository: str, collector: Collector) -> None:
    child = owner.push_image(repository, "child")
    owner.push_image(repository, "list", make_index([child.descriptor()]))
    owner.delete(repository, "list")

    assert collector.run_to_the_end().manifests == 1
    assert owner.pull(repository, "child").body == child.content


def test_referrers_vanish_with_their_subject_and_not_before(owner: Client, repository: str, collector: Collector) -> None:
    """Also referrers of referrers; a referrer pins nothing."""
    subject = owner.push_image(repository, "v1")
    signature = owner.push_image(repository, None, make_image(subject=subject.descriptor()))
    of_signature = owner.push_image(repository, None, make_image(subject=signature.descriptor()))
    collector.run_to_the_end()
    assert [owner.pull(repository, each.digest).status for each in (signature, of_signature)] == [200] * 2

    owner.delete(repository, "v1")
    assert collector.run_to_the_end().manifests == 3
    assert owner.referrers(repository, subject.digest).json["manifests"] == []
    collector.check_storage()


def test_a_referrer_with_a_tag_survives_its_subject(owner: Client, repository: str, collector: Collector) -> None:
    subject = owner.push_image(repository, "v1")
    signature = owner.push_image(repository, "signature", make_image(subject=subject.descriptor()))
    owner.delete(repository, "v1")

    assert collector.run_to_the_end().manifests == 1
    assert owner.pull(repository, "signature").body == signature.content


def test_a_referrer_that_was_deleted_goes_while_its_subject_stays(owner: Client, repository: str, collector: Collector) -> None:
    subject = owner.push_image(repository, "v1")
    signature = owner.push_image(repository, None, make_image(subject=subject.descriptor()))
    owner.delete(repository, signature.digest)

    assert collector.run_to_the_end().manifests == 1
    assert owner.pull(repository, "v1").status == 200
    collector.check_storage()


def test_a_subject_named_by_sha512_keeps_its_referrers(owner: Client, repository: str, collector: Collector) -> None:
    subject = owner.push_image(repository)
    name = digest_of(subject.content, "sha512")
    owner.push_manifest(repository, f"{name}?tag=v1", subject.content)
    signature = owner.push_image(repository, None, make_image(subject={**subject.descriptor(), "digest": name}))

    assert not any(collector.run_to_the_end())
    assert owner.pull(repository, signature.digest).status == 200
    owner.delete(repository, "v1")
    assert collector.run_to_the_end().manifests == 2


def test_what_was_pushed_without_a_tag_is_held_for_a_while(
    owner: Client, repository: str, collector: Collector, clock: ManualClock
) -> None:
    image = owner.push_image(repository)
    lone = owner.push_blob(repository, fresh())
    clock.advance(seconds=HOLD - 1)
    assert not any(collector.run())
    assert owner.pull(repository, image.digest).status == owner.blob(repository, lone).status == 200

    assert collector.run_to_the_end().manifests == 1
    assert owner.pull(repository, image.digest).status == owner.blob(repository, lone).status == 404
    collector.check_storage()


def test_a_deleted_manifest_goes_and_what_its_tags_still_keep_stays(
    owner: Client, repository: str, collector: Collector, clock: ManualClock
) -> None:
    """Deleted by digest: at once without a tag, behind the window with one."""
    untagged, tagged = owner.push_image(repository), owner.push_image(repository, "v1")
    owner.delete(repository, untagged.digest)
    owner.delete(repository, tagged.digest)

    assert collector.run().manifests == 1
    clock.advance(seconds=WINDOW + GRACE)
    collector.run()
    clock.advance(seconds=GRACE)
    assert collector.run().manifests == 1
    collector.run_to_the_end()
    collector.check_storage()


def test_a_deleted_repository_gives_its_bytes_back(owner: Client, repository: str, collector: Collector, people: People) -> None:
    image = owner.push_image(repository, "v1")
    other = people.repository(owner)
    owner.push_image(other, "v1", make_image(layers=[image.blobs[1]]))
    delete_repository(people, owner, repository)

    assert collector.run_to_the_end().blobs == 1
    assert owner.blob(other, digest_of(image.blobs[1])).body == image.blobs[1]
    collector.check_storage()


def test_a_blob_that_its_owner_deleted_goes(owner: Client, repository: str, collector: Collector) -> None:
    digest = owner.push_blob(repository, fresh())
    assert owner.blob(repository, digest, "DELETE").status == 202

    assert collector.run().blobs == 1
    collector.run_to_the_end()
    collector.check_storage()


def test_a_disabled_namespace_keeps_everything(owner: Client, repository: str, collector: Collector, people: People) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    set_enabled(people, owner, enabled=False)
    assert not any(collector.run_to_the_end())

    set_enabled(people, owner, enabled=True)
    assert owner.pull(repository, image.digest).status == 200


@pytest.mark.parametrize("seconds", [0, 5])
def test_the_window_is_that_of_the_moment(
    owner: Client, repository: str, collector: Collector, people: People, clock: ManualClock, seconds: int
) -> None:
    """It was long when the tag ended; the sweep finds what that leaves behind."""
    set_window(people, owner, 10**6)
    owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    set_window(people, owner, seconds)
    clock.advance(seconds=seconds + HOLD)
    assert collector.run().tags == 0

    collector.sweep()
    assert collector.run().tags == 1


def test_two_processes_forget_what_was_collected_at_once(
    owner: Client, repository: str, collector: Collector, new_server: NewServer
) -> None:
    """Each has manifest and blobs in its memory, and serves neither without asking the database."""
    image = owner.push_image(repository, "v1")
    callers = [owner, owner.at(new_server())]
    for caller in callers:
        assert caller.pull(repository, image.digest).status == 200
        assert [caller.blob(repository, digest_of(content)).status for content in image.blobs] == [200, 200]
    owner.delete(repository, "v1")
    collector.run_to_the_end()

    for caller in callers:
        assert caller.pull(repository, image.digest).codes == ["MANIFEST_UNKNOWN"]
        assert [caller.blob(repository, digest_of(content)).status for content in image.blobs] == [404, 404]
