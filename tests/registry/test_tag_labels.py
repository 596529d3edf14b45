"""Labels of images and of manifests, and what they do to tags (tags-and-gc 3; api-v1/repositories 5)."""

import json

import pytest

from pierhead.platform.clock import ManualClock, to_milliseconds
from pierhead.registry.expire_tags import unlist_expired
from tests.registry.client import Client
from tests.registry.content import make_artifact, make_image, make_index
from tests.registry.tags_api import call, get, labelled_image, names, one_tag, post, put_tag


def test_an_image_says_when_its_tags_end(owner: Client, repository: str, clock: ManualClock) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"quay.expires-after": "2h"}))
    start = to_milliseconds(clock.now()) // 1000
    assert one_tag(owner, repository, "v1")["end_ts"] == start + 7200
    clock.advance(hours=1)
    put_tag(owner, repository, "later", manifest_digest=image.digest)
    assert one_tag(owner, repository, "later")["end_ts"] == start + 3 * 3600
    clock.advance(hours=1)

    assert owner.pull(repository, "v1").codes == ["TAG_EXPIRED"]
    assert (names(owner, repository), owner.tags(repository).json["tags"]) == (["later"], ["later"])
    owner.server.core.database.write_now(unlist_expired, 1000)
    assert names(owner, repository) == ["later"]
    assert [event["kind"] for event in get(owner, f"/repository/{repository}/tag/v1/history")["events"]] == ["expired", "created"]


@pytest.mark.parametrize(
    "label, seconds",
    [({"pierhead.expires-after": "2d"}, 2 * 86400), ({"quay.expires-after": "1s"}, 3600), ({"quay.expires-after": "500w"}, 104 * 604800)],
)
def test_the_span_of_a_label_is_clamped(owner: Client, repository: str, clock: ManualClock, label: dict[str, str], seconds: int) -> None:
    owner.push_image(repository, "v1", labelled_image(label))
    assert one_tag(owner, repository, "v1")["end_ts"] == to_milliseconds(clock.now()) // 1000 + seconds


@pytest.mark.parametrize("value", ["soon", "2", "-2h", "0h", "2y", ""])
def test_a_malformed_span_is_ignored(owner: Client, repository: str, value: str) -> None:
    owner.push_image(repository, "v1", labelled_image({"quay.expires-after": value}))
    assert "end_ts" not in one_tag(owner, repository, "v1")


def test_an_image_makes_its_tags_immutable_and_they_do_not_end_then(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"quay.immutable": "true", "quay.expires-after": "2h"}))
    tag = one_tag(owner, repository, "v1")

    assert (tag["immutable"], "end_ts" in tag) == (True, False)
    assert owner.delete(repository, "v1").codes == ["TAG_IMMUTABLE"]
    assert owner.push_manifest(repository, "v1", image.content).status == 201


@pytest.mark.parametrize("others, acts", [({"quay.expires-after": "2h"}, True), ({"quay.expires-after": "3h"}, False), ({}, False)])
def test_a_label_acts_on_an_index_when_all_of_its_images_agree(owner: Client, repository: str, others: dict[str, str], acts: bool) -> None:
    children = [owner.push_image(repository, None, labelled_image(labels)) for labels in ({"quay.expires-after": "2h"}, others)]
    attestation = owner.push_image(repository)
    unknown = attestation.descriptor(platform={"os": "unknown", "architecture": "unknown"})
    owner.push_image(repository, "multi", make_index([*(child.descriptor() for child in children), unknown]))

    assert ("end_ts" in one_tag(owner, repository, "multi")) is acts


@pytest.mark.parametrize("config", [b"not json", b"[]", b'{"config": 3}', b'{"config": {"Labels": {"a": 1}}}', b'{"os": {"a": 1}}'])
def test_a_configuration_that_makes_no_sense_says_nothing(owner: Client, repository: str, config: bytes) -> None:
    owner.push_image(repository, "v1", make_image(config=config))
    assert one_tag(owner, repository, "v1")["labels"] in ({}, {"a": "1"})


def test_labels_are_listed_added_and_removed(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"org.opencontainers.image.title": "Boats"}))
    base = f"/repository/{repository}/manifest/{image.digest}/labels"

    added = call(owner, "POST", base, {"key": "owner", "value": '{"team": "crew"}', "media_type": None})
    assert added.status == 201
    label = added.json["label"]
    assert (label["source_type"], label["media_type"]) == ("api", "application/json")
    assert added["location"].endswith(f"{base}/{label['id']}")
    assert get(owner, f"{base}/{label['id']}") == label
    listed = get(owner, base)["labels"]
    assert [(each["key"], each["source_type"]) for each in listed] == [("org.opencontainers.image.title", "manifest"), ("owner", "api")]
    assert [each["key"] for each in get(owner, f"{base}?filter=own")["labels"]] == ["owner"]
    assert call(owner, "DELETE", f"{base}/{listed[0]['id']}").status == 404
    assert call(owner, "DELETE", f"{base}/{label['id']}").status == 204
    assert call(owner, "GET", f"{base}/{label['id']}").status == 404


@pytest.mark.parametrize(
    "key, value, media_type",
    [
        ("quay.expires-after", "2h", None),
        ("io.k8s.x", "y", None),
        ("UPPER", "x", None),
        ("a..b", "x", None),
        ("", "x", None),
        ("a", "\u0000", None),
        ("a", "x", "image/png"),
        ("a", "{", "application/json"),
    ],
)
def test_a_label_that_breaks_a_rule_is_refused(owner: Client, repository: str, key: str, value: str, media_type: str | None) -> None:
    image = owner.push_image(repository, "v1")
    body = {"key": key, "value": value, "media_type": media_type}
    assert call(owner, "POST", f"/repository/{repository}/manifest/{image.digest}/labels", body).status == 400


def test_the_page_of_a_manifest_shows_its_layers_with_their_commands(owner: Client, repository: str) -> None:
    steps = [
        {"created": "2026-01-02T03:04:05.123456789Z", "created_by": "ADD base", "comment": "c", "author": "ada"},
        {"created_by": "ENV A=1", "empty_layer": True},
        {"created": "nonsense", "created_by": "RUN make"},
    ]
    config = json.dumps({"os": "linux", "architecture": "arm64", "history": steps}).encode()
    image = owner.push_image(repository, "v1", make_image(config=config, layers=[b"lower", b"upper layer"]))

    page = get(owner, f"/repository/{repository}/manifest/{image.digest}")
    assert (page["digest"], page["is_manifest_list"], page["manifest_data"]) == (image.digest, False, image.content.decode())
    assert page["layers_compressed_size"] == len(config) + 16
    lower, upper = page["layers"]
    assert (lower["index"], lower["compressed_size"], lower["command"], lower["author"]) == (0, 5, ["ADD base"], "ada")
    assert lower["created_datetime"] == "Fri, 02 Jan 2026 03:04:05 -0000"
    assert (upper["command"], upper["created_datetime"], upper["is_remote"]) == (["RUN make"], None, False)
    index = owner.push_image(repository, "multi", make_index([image.descriptor()]))
    shown = get(owner, f"/repository/{repository}/manifest/{index.digest}")
    assert (shown["is_manifest_list"], shown["layers"], shown["layers_compressed_size"]) == (True, None, 0)
    artifact = owner.push_image(repository, "file", make_artifact("application/vnd.example.thing"))
    assert get(owner, f"/repository/{repository}/manifest/{artifact.digest}")["layers"][0]["command"] is None


def test_labels_come_with_the_list_and_go_with_the_deleted_manifest(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", labelled_image({"a": "1"}))
    post(owner, f"/repository/{repository}/manifest/{image.digest}/labels", {"key": "b", "value": "2"}, status=201)
    assert one_tag(owner, repository, "v1")["labels"] == {"a": "1", "b": "2"}
    owner.delete(repository, image.digest)
    assert call(owner, "GET", f"/repository/{repository}/manifest/{image.digest}/labels").status == 404
