"""Deleting tags and manifests, and what comes back (registry-protocol 6.2; C19, C20)."""

import pytest
from sqlalchemy import update

from pierhead.platform.database import UnitOfWork
from pierhead.registry.tables import tag
from tests.registry.client import Client
from tests.registry.content import make_image, make_index
from tests.registry.people import People


@pytest.fixture
def frozen(people: People, owner: Client, repository: str) -> str:
    """A repository whose tag `fixed` is immutable; no verb makes one yet."""
    owner.push_image(repository, "fixed")

    def freeze(work: UnitOfWork) -> None:
        work.connection.execute(update(tag).where(tag.c.name == "fixed").values(immutable=True))

    owner.server.core.database.write_now(freeze)
    return repository


def test_a_deleted_tag_is_gone_at_once_and_its_manifest_stays(owner: Client, repository: str) -> None:
    """C19; the tag is not forgotten: TAG_EXPIRED says how to get it back."""
    image = owner.push_image(repository, "v1")

    assert owner.delete(repository, "v1").status == 202
    assert owner.call("HEAD", f"/v2/{repository}/manifests/v1").status == 404
    answer = owner.pull(repository, "v1")
    assert (answer.status, answer.codes) == (404, ["TAG_EXPIRED"])
    assert answer.errors[0]["message"] == "Tag v1 was deleted or has expired. To pull, revive via time machine"
    assert owner.tags(repository).json["tags"] == []
    assert owner.pull(repository, image.digest).status == 200
    again = owner.delete(repository, "v1")
    assert (again.status, again.codes) == (404, ["MANIFEST_UNKNOWN"])


def test_a_tag_that_never_was_is_unknown(owner: Client, repository: str) -> None:
    for answer in (owner.pull(repository, "never"), owner.delete(repository, "never")):
        assert (answer.status, answer.codes) == (404, ["MANIFEST_UNKNOWN"])


def test_deleting_a_manifest_ends_every_tag_on_it(owner: Client, repository: str) -> None:
    """C20."""
    image, other = owner.push_image(repository, "a"), owner.push_image(repository, "other")
    owner.push_image(repository, "b", image)

    assert owner.delete(repository, image.digest).status == 202
    assert owner.pull(repository, image.digest).codes == ["MANIFEST_UNKNOWN"]
    assert [owner.pull(repository, name).codes for name in "ab"] == [["TAG_EXPIRED"]] * 2
    assert owner.tags(repository).json["tags"] == ["other"]
    assert owner.pull(repository, "other").body == other.content
    assert owner.delete(repository, image.digest).codes == ["MANIFEST_UNKNOWN"]


def test_a_manifest_without_tags_is_deleted_by_digest(owner: Client, repository: str) -> None:
    image = owner.push_image(repository)

    assert owner.delete(repository, image.digest).status == 202
    assert owner.pull(repository, image.digest).status == 404


@pytest.mark.parametrize("reference", ["v1", None])
def test_what_was_deleted_comes_back_with_the_next_push(owner: Client, repository: str, reference: str | None) -> None:
    image = owner.push_image(repository, "v1")
    owner.delete(repository, image.digest)
    owner.push_image(repository, reference, image)

    assert owner.pull(repository, image.digest).body == image.content
    assert owner.tags(repository).json["tags"] == ([] if reference is None else ["v1"])


def test_deleting_an_index_leaves_its_children(owner: Client, repository: str) -> None:
    child = owner.push_image(repository)
    index = owner.push_image(repository, "v1", make_index([child.descriptor()]))
    owner.delete(repository, index.digest)

    assert owner.pull(repository, child.digest).status == 200


def test_an_immutable_tag_is_neither_moved_nor_deleted(owner: Client, frozen: str) -> None:
    """409 TAG_IMMUTABLE; pushing what it has succeeds and changes nothing."""
    before = owner.pull(frozen, "fixed")
    other = owner.push_image(frozen)
    moved = owner.push_manifest(frozen, "fixed", other.content)
    refused = [moved, owner.delete(frozen, "fixed"), owner.delete(frozen, before["docker-content-digest"])]

    for answer in refused:
        assert (answer.status, answer.codes) == (409, ["TAG_IMMUTABLE"])
        assert answer.errors[0]["detail"] == {"message": "tag 'fixed' is immutable"}
    assert owner.pull(frozen, "fixed").body == before.body
    assert owner.push_manifest(frozen, "fixed", before.body).status == 201


def test_with_one_immutable_tag_nothing_of_a_change_is_done(owner: Client, frozen: str) -> None:
    image = owner.pull(frozen, "fixed")
    owner.push_manifest(frozen, "loose", image.body)
    other = owner.push_image(frozen)

    assert owner.delete(frozen, image["docker-content-digest"]).status == 409
    assert owner.push_manifest(frozen, f"{other.digest}?tag=new&tag=loose&tag=fixed", other.content).status == 409
    assert owner.tags(frozen).json["tags"] == ["fixed", "loose"]
    assert owner.pull(frozen, "loose").body == image.body


def test_a_refused_push_does_not_create_a_repository(owner: Client) -> None:
    answer = owner.push_manifest(f"{owner.name}/new", "v1", make_image().content)

    assert answer.codes == ["MANIFEST_BLOB_UNKNOWN"] * 2
    assert owner.tags(f"{owner.name}/new").codes == ["NAME_UNKNOWN"]
