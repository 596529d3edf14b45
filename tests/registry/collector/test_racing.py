"""Pushes, mounts and restores that meet the collector half-way, at exact places of its work."""

from collections.abc import Callable

import pytest

from pierhead.platform.clock import ManualClock
from pierhead.registry.model.errors import ManifestNotInHistory
from pierhead.registry.model.names import TagName, parse_digest
from pierhead.registry.model.rules import DEFAULT_RULES
from pierhead.registry.restore_tag import restore_tag
from tests.registry.client import Client
from tests.registry.collector.conftest import GRACE, HOLD, WINDOW, Collector
from tests.registry.content import Image, digest_of, fresh, make_image, make_index
from tests.registry.people import People

# What the collector has just done when the other side comes.
STEPS = ("tags", "manifests", "holdings", "blobs", "deleted", "bytes")


class Meeting:
    """Calls something once, right behind the first of the steps that bears the name."""

    def __init__(self, step: str, action: Callable[[], object]) -> None:
        self._step = step
        self._action = action
        self.has_happened = False

    def __call__(self, step: str) -> None:
        if step == self._step and not self.has_happened:
            self.has_happened = True
            self._action()


def collect_all(collector: Collector, clock: ManualClock, meeting: Meeting) -> None:
    """Rounds until everything that nothing needs is gone, without letting a hold of the meeting pass."""
    clock.advance(seconds=HOLD + WINDOW)
    for _ in range(5):
        collector.run(meeting)
        clock.advance(seconds=GRACE)
    assert meeting.has_happened


def check_image(owner: Client, repository: str, reference: str, image: Image) -> None:
    """Everything of the image can be pulled, byte for byte."""
    assert owner.pull(repository, reference).body == image.content
    assert [owner.blob(repository, digest_of(content)).body for content in image.blobs] == list(image.blobs)


@pytest.mark.parametrize("step", STEPS)
def test_a_push_of_what_is_being_collected_brings_it_back_whole(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, step: str
) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")

    collect_all(collector, clock, Meeting(step, lambda: owner.push_image(repository, "again", image)))

    check_image(owner, repository, "again", image)
    collector.run_to_the_end()
    check_image(owner, repository, "again", image)
    collector.check_storage()


def push_what_is_missing(owner: Client, repository: str, tag: str, image: Image) -> None:
    """As clients do it: ask for each blob, send those that are not there, then the manifest, which must be taken."""
    for content in image.blobs:
        if owner.blob(repository, digest_of(content), "HEAD").status == 404:
            owner.push_blob(repository, content)
    answer = owner.push_manifest(repository, tag, image.content, image.media_type)
    assert answer.status == 201, answer


@pytest.mark.parametrize("step", STEPS)
def test_a_client_that_sends_only_what_is_missing_never_fails(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, step: str
) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    other = make_image(layers=[image.blobs[1], fresh()])

    collect_all(collector, clock, Meeting(step, lambda: push_what_is_missing(owner, repository, "other", other)))

    collector.run_to_the_end()
    check_image(owner, repository, "other", other)
    collector.check_storage()


def test_a_blob_that_a_pusher_has_seen_stays_until_its_manifest_comes(
    owner: Client, repository: str, collector: Collector, clock: ManualClock
) -> None:
    """The look holds it: the collector comes between the look and the manifest."""
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    clock.advance(seconds=HOLD + WINDOW)
    collector.run()
    clock.advance(seconds=GRACE)
    collector.run()
    clock.advance(seconds=GRACE)
    assert [owner.blob(repository, digest_of(content), "HEAD").status for content in image.blobs] == [200, 200]
    collector.run()
    clock.advance(seconds=HOLD - 1)
    collector.run()

    assert owner.push_manifest(repository, "again", image.content).status == 201
    collector.run_to_the_end()
    check_image(owner, repository, "again", image)


def test_a_look_of_somebody_who_may_only_pull_holds_nothing(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People
) -> None:
    reader = people.user("reader")
    people.grant(repository, reader, "read")
    image = owner.push_image(repository)
    clock.advance(seconds=HOLD)
    assert reader.call("HEAD", f"/v2/{repository}/manifests/{image.digest}").status == 200
    assert collector.run().manifests == 1
    clock.advance(seconds=GRACE)
    assert reader.blob(repository, digest_of(image.blobs[0]), "HEAD").status == 200
    assert collector.run().blobs == 2


def test_a_child_that_a_pusher_has_seen_stays_until_its_list_comes(
    owner: Client, repository: str, collector: Collector, clock: ManualClock
) -> None:
    child = owner.push_image(repository)
    clock.advance(seconds=HOLD)
    assert owner.call("HEAD", f"/v2/{repository}/manifests/{child.digest}").status == 200
    assert collector.run().manifests == 0

    owner.push_image(repository, "list", make_index([child.descriptor()]))
    collector.run_to_the_end()
    check_image(owner, repository, child.digest, child)


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_mount_of_what_is_being_collected_gets_it_or_has_to_send_it(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People, step: str
) -> None:
    target = people.repository(owner)
    content = fresh()
    image = owner.push_image(repository, "v1", make_image(layers=[content]))
    owner.delete(repository, "v1")
    digest = digest_of(content)

    def mount() -> None:
        answer = owner.call("POST", f"/v2/{target}/blobs/uploads/?mount={digest}&from={repository}")
        if answer.status == 202:
            assert owner.finish_upload(answer["location"], digest, content).status == 201

    meeting = Meeting(step, mount)
    clock.advance(seconds=HOLD + WINDOW)
    for _ in range(5):
        collector.run(meeting)
        clock.advance(seconds=GRACE)

    assert meeting.has_happened
    assert owner.blob(target, digest).body == content
    assert owner.blob(repository, digest).status == 404
    assert owner.pull(repository, image.digest).status == 404
    collector.run_to_the_end()
    collector.check_storage()


@pytest.mark.parametrize("step", ["settled", "tags", "manifests"])
def test_a_referrer_that_comes_while_its_subject_goes_is_not_left_behind(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, step: str
) -> None:
    subject = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    signature = make_image(subject=subject.descriptor())

    collect_all(collector, clock, Meeting(step, lambda: owner.push_image(repository, None, signature)))

    assert owner.pull(repository, subject.digest).status == 404
    collector.run_to_the_end()
    assert owner.pull(repository, signature.digest).status == 404
    collector.check_storage()


@pytest.mark.parametrize("step", ["settled", "tags", "manifests"])
def test_a_list_that_comes_while_its_child_goes_keeps_it_or_is_told(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, step: str
) -> None:
    child = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    index = make_index([child.descriptor()])

    def push_list() -> None:
        if owner.call("HEAD", f"/v2/{repository}/manifests/{child.digest}").status == 404:
            owner.push_image(repository, None, child)
        owner.push_image(repository, "list", index)

    collect_all(collector, clock, Meeting(step, push_list))

    collector.run_to_the_end()
    check_image(owner, repository, child.digest, child)
    collector.check_storage()


def test_a_tag_that_is_restored_in_the_last_moment_keeps_everything(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People
) -> None:
    """The collector has looked at it a moment before the window ended, and comes back a moment after."""
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "v1")
    clock.advance(seconds=WINDOW - 1)
    collector.run()
    write = owner.server.core.database.write_now
    write(restore_tag, people.identity(owner), repository, TagName("v1"), parse_digest(image.digest), DEFAULT_RULES, address=None)
    clock.advance(seconds=1)

    collector.run_to_the_end()
    check_image(owner, repository, "v1", image)
    collector.check_storage()


@pytest.mark.parametrize("step", ["tags", "manifests"])
def test_a_tag_whose_interval_is_gone_is_not_restored(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, people: People, step: str
) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")
    write = owner.server.core.database.write_now

    def restore() -> None:
        with pytest.raises(ManifestNotInHistory):
            write(restore_tag, people.identity(owner), repository, TagName("v1"), parse_digest(image.digest), DEFAULT_RULES, address=None)

    collect_all(collector, clock, Meeting(step, restore))

    collector.run_to_the_end()
    collector.check_storage()


@pytest.mark.parametrize("step", ["settled", "tags"])
def test_a_tag_that_is_pointed_back_in_time_keeps_its_manifest(
    owner: Client, repository: str, collector: Collector, clock: ManualClock, step: str
) -> None:
    """By the push of a manifest whose blobs are all there, which is what restoring a tag comes to."""
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, "v1")

    def point_back() -> None:
        assert owner.push_manifest(repository, "v1", image.content).status == 201

    collect_all(collector, clock, Meeting(step, point_back))

    collector.run_to_the_end()
    check_image(owner, repository, "v1", image)
    collector.check_storage()
