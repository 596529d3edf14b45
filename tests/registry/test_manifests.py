"""Pushing and pulling manifests (registry-protocol 6; C12 to C16, D1, D3)."""

from typing import Any

import pytest

from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    alter,
    descriptor,
    digest_of,
    encode,
    fresh,
    make_artifact,
    make_image,
    make_index,
)
from tests.registry.people import People

_MIB = 1024 * 1024


def test_bytes_without_a_type_of_their_own_have_that_of_the_last_push(owner: Client, repository: str) -> None:
    """By tag and by digest; a push that names no type at all is refused and changes nothing."""
    index = encode({"schemaVersion": 2, "manifests": [], "annotations": {"n": fresh().decode()}})
    for media_type in (OCI_INDEX, DOCKER_LIST, OCI_INDEX):
        assert owner.push_manifest(repository, "v1", index, media_type).status == 201
        assert owner.push_manifest(repository, "v2", index, "application/json").status == 415
        for reference in ("v1", digest_of(index)):
            assert owner.pull(repository, reference)["content-type"] == media_type


@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_reads_as_it_was_pushed_by_tag_and_by_digest(owner: Client, repository: str, media_type: str) -> None:
    """C13: exact Content-Type, identical bytes, a Location that works; HEAD has every header of GET."""
    image = make_image(media_type=media_type)
    for content in image.blobs:
        owner.push_blob(repository, content)
    for reference in ("v1", image.digest):
        pushed = owner.push_manifest(repository, reference, image.content, media_type)
        assert (pushed.status, pushed.body, pushed["docker-content-digest"]) == (201, b"OK", image.digest)
        assert pushed["location"] == f"/v2/{repository}/manifests/{image.digest}"
        assert pushed.get("oci-subject") is None
        for target in (f"/v2/{repository}/manifests/{reference}", pushed["location"]):
            answer, head = owner.call("GET", target), owner.call("HEAD", target)
            assert answer.body == image.content
            for one in (answer, head):
                assert (one.status, one["content-type"], one["content-length"]) == (200, media_type, str(len(image.content)))
                assert (one["docker-content-digest"], one["etag"]) == (image.digest, f'"{image.digest}"')


def test_a_client_that_has_the_manifest_need_not_read_it_again(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    answer = owner.pull(repository, "v1", headers={"if-none-match": f'"{image.digest}"'})

    assert (answer.status, answer["docker-content-digest"]) == (304, image.digest)
    assert owner.pull(repository, "v1", headers={"if-none-match": '"other"'}).status == 200


@pytest.mark.parametrize("media_type", [DOCKER_MANIFEST, OCI_MANIFEST])
@pytest.mark.parametrize("content_type", [None, "application/json", "application/json; charset=utf-8", "text/plain"])
def test_the_body_says_its_type_where_the_header_does_not(
    owner: Client, repository: str, content_type: str | None, media_type: str
) -> None:
    image = owner.push_image(repository, None, make_image(media_type=media_type))
    headers = {} if content_type is None else {"content-type": content_type}
    answer = owner.call("PUT", f"/v2/{repository}/manifests/v1", body=image.content, headers=headers)

    assert answer.status == 201
    assert owner.pull(repository, "v1")["content-type"] == media_type


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.example+json",
        "image/png",
        "x" * 500,
    ],
)
def test_other_types_are_refused(owner: Client, repository: str, media_type: str) -> None:
    answer = owner.push_manifest(repository, "v1", make_image().content, media_type)

    assert (answer.status, answer.codes) == (415, ["MANIFEST_INVALID"])
    assert answer.errors[0]["detail"]["message"]


def test_schema_1_without_a_type_is_recognized_and_refused(owner: Client, repository: str) -> None:
    answer = owner.push_manifest(repository, "v1", {"schemaVersion": 1, "name": "x", "fsLayers": []}, "application/json")

    assert (answer.status, "schema 1" in answer.errors[0]["message"]) == (415, True)


_BROKEN: dict[str, dict[str, Any]] = {
    "another mediaType": {"mediaType": DOCKER_MANIFEST},
    "schemaVersion 1": {"schemaVersion": 1},
    "no schemaVersion": {"schemaVersion": None},
    "no config": {"config": None},
    "no layers": {"layers": None},
    "children in an image": {"manifests": []},
    "layers that are no list": {"layers": {}},
    "a bad digest": {"layers": [{"mediaType": "a/b", "digest": "sha256:bad", "size": 1}]},
    "another algorithm": {"layers": [{"mediaType": "a/b", "digest": "md5:" + "1" * 32, "size": 1}]},
    "a negative size": {"layers": [{"mediaType": "a/b", "digest": "sha256:" + "1" * 64, "size": -1}]},
    "a huge size": {"layers": [{"mediaType": "a/b", "digest": "sha256:" + "1" * 64, "size": 2**63}]},
    "a size that is a word": {"layers": [{"mediaType": "a/b", "digest": "sha256:" + "1" * 64, "size": "1"}]},
    "no media type": {"layers": [{"mediaType": "nonsense", "digest": "sha256:" + "1" * 64, "size": 1}]},
    "a bad artifact type": {"artifactType": "no type"},
    "a bad subject": {"subject": {"mediaType": OCI_MANIFEST, "digest": "sha256:bad", "size": 1}},
    "annotations that are no text": {"annotations": {"a": 1}},
}


@pytest.mark.parametrize("fields", _BROKEN.values(), ids=_BROKEN.keys())
def test_a_broken_manifest_is_refused_with_the_rule_it_breaks(owner: Client, repository: str, fields: dict[str, Any]) -> None:
    answer = owner.push_manifest(repository, "v1", alter(make_image(), fields).content)

    assert (answer.status, answer.codes) == (400, ["MANIFEST_INVALID"])
    assert answer.errors[0]["detail"]["message"]
    assert owner.tags(repository).json["tags"] == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"schemaVersion":2,"a":"\xff"}', b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000],
    ids=["empty", "cut off", "null", "list", "text", "no UTF-8", "no UTF-8 inside", "deep lists", "deep objects", "a long number"],
)
def test_what_is_no_json_object_is_refused(owner: Client, repository: str, content: bytes) -> None:
    answer = owner.push_manifest(repository, "v1", content)

    assert (answer.status, answer.codes) == (400, ["MANIFEST_INVALID"])


def test_every_missing_blob_is_named_and_nothing_is_stored(owner: Client, repository: str) -> None:
    present = fresh()
    owner.push_blob(repository, present)
    layers = [fresh(), present, *(fresh() for _ in range(20))]
    image = make_image(layers=layers)
    answer = owner.push_manifest(repository, "v1", image.content)

    missing = [digest_of(content) for content in image.blobs if content != present]
    assert (answer.status, answer.codes) == (400, ["MANIFEST_BLOB_UNKNOWN"] * len(missing))
    assert [error["detail"] for error in answer.errors] == [{"digest": digest} for digest in missing]
    assert owner.pull(repository, "v1").codes == ["MANIFEST_UNKNOWN"]
    assert owner.pull(repository, image.digest).codes == ["MANIFEST_UNKNOWN"]


def test_a_blob_of_another_repository_is_missing_here(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")

    assert owner.push_manifest(people.repository(owner), "v1", image.content).status == 400


def test_layers_that_nobody_may_distribute_need_not_be_there(owner: Client, repository: str) -> None:
    """C16."""
    foreign = [
        descriptor(fresh(), "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", urls=["https://example.com/layer"]),
        descriptor(fresh(), "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
    ]
    config = fresh()
    owner.push_blob(repository, config)
    document = {"schemaVersion": 2, "config": descriptor(config, "application/vnd.oci.image.config.v1+json"), "layers": foreign}

    assert owner.push_manifest(repository, "v1", document).status == 201


def _data() -> dict[str, Image]:
    """What the conformance suite pushes (C16)."""
    child = make_image()
    return {
        "no layers": make_image(layers=[]),
        "artifact": make_artifact("application/vnd.example.sbom.v1"),
        "artifact by its config": make_artifact(config_type="application/vnd.cncf.helm.config.v1+json"),
        "zstd layer": make_image(layers=[b"zstd"], layers_note="unknown fields are kept"),
        "unknown fields": alter(make_image(), {"org.example": {"deep": [1, 2.5, None, True]}, "annotations": {"k": "v"}}),
        "embedded data": make_image(config=b"{}", subject={"mediaType": OCI_MANIFEST, "digest": child.digest, "size": 1, "data": "e30="}),
        "empty index": make_index([]),
        "empty list": make_index([], media_type=DOCKER_LIST),
        "sparse index": make_index([child.descriptor(platform={"os": "linux", "architecture": "arm64", "variant": "v8"})]),
        "index of artifacts": make_index([child.descriptor()], artifactType="application/vnd.example.index"),
        "the same child twice": make_index([child.descriptor(), child.descriptor(platform={"os": "linux"})]),
        "a strange platform": make_index([child.descriptor(platform={"os": 5, "architecture": ["x"], "variant": "v" * 400})]),
    }


@pytest.mark.parametrize("image", _data().values(), ids=_data().keys())
def test_every_kind_of_content_is_taken_and_given_back(owner: Client, repository: str, image: Image) -> None:
    owner.push_image(repository, "v1", image)
    answer = owner.pull(repository, "v1", headers={"accept": image.media_type})

    assert (answer.body, answer["content-type"]) == (image.content, image.media_type)


def test_children_must_be_there_where_sparse_indexes_are_off(owner: Client, repository: str, new_server: NewServer) -> None:
    settings = owner.server.settings
    strict = owner.at(new_server(registry=settings.registry.model_copy(update={"sparse_indexes": False})))
    present, absent = owner.push_image(repository), make_image()
    answer = strict.push_manifest(repository, "v1", make_index([present.descriptor(), absent.descriptor()]).content, OCI_INDEX)

    assert (answer.status, answer.codes) == (400, ["MANIFEST_BLOB_UNKNOWN"])
    assert answer.errors[0]["detail"] == {"digest": absent.digest}
    nested = strict.push_image(repository, "nested", make_index([present.descriptor()]))
    assert strict.push_image(repository, "outer", make_index([nested.descriptor()])).digest


@pytest.mark.parametrize("reference", ["sha256:" + "1" * 64, "sha512:" + "1" * 128])
def test_a_digest_that_the_body_does_not_have_is_refused(owner: Client, repository: str, reference: str) -> None:
    """C15."""
    image = owner.push_image(repository)
    answer = owner.push_manifest(repository, reference, image.content)

    assert (answer.status, answer.codes, answer.errors[0]["message"]) == (400, ["DIGEST_INVALID"], "manifest digest mismatch")


@pytest.mark.parametrize("reference", ["sha256:baddigeststring", "md5:" + "1" * 32, "sha256:", ":", "a:b:c"])
def test_a_digest_that_is_none_is_refused_on_writes_and_unknown_on_reads(owner: Client, repository: str, reference: str) -> None:
    """C15: never 500."""
    written = owner.push_manifest(repository, reference, make_image().content)
    assert (written.status, written.codes) == (400, ["DIGEST_INVALID"])
    for answer in (owner.pull(repository, reference), owner.delete(repository, reference)):
        assert (answer.status, answer.codes) == (404, ["MANIFEST_UNKNOWN"])


@pytest.mark.parametrize("reference", [".hidden", "-x", "a" * 129, "a%20b", "%C3%A9", "%00", "a%0Ab"])
def test_a_tag_that_is_none_is_refused_on_writes_and_unknown_on_reads(owner: Client, repository: str, reference: str) -> None:
    written = owner.push_manifest(repository, reference, make_image().content)
    assert (written.status, written.codes) == (400, ["TAG_INVALID"])
    for answer in (owner.pull(repository, reference), owner.delete(repository, reference)):
        assert (answer.status, answer.codes) == (404, ["MANIFEST_UNKNOWN"])


def test_a_push_by_digest_makes_no_tag(owner: Client, repository: str) -> None:
    image = owner.push_image(repository)

    assert owner.tags(repository).json["tags"] == []
    assert owner.pull(repository, image.digest).body == image.content


def test_a_whole_image_lives_by_sha512(owner: Client, repository: str) -> None:
    """C12: the header has the algorithm that was asked with."""
    image = make_image(algorithm="sha512")
    for content in image.blobs:
        owner.push_blob(repository, content, algorithm="sha512")
    digest = digest_of(image.content, "sha512")
    pushed = owner.push_manifest(repository, f"{digest}?tag=v1", image.content)

    assert (pushed.status, pushed["docker-content-digest"]) == (201, digest)
    assert pushed["location"].endswith(digest)
    for reference, shown in ((digest, digest), ("v1", digest), (image.digest, image.digest)):
        answer = owner.pull(repository, reference)
        assert (answer.body, answer["docker-content-digest"]) == (image.content, shown)


def test_one_push_by_digest_may_set_many_tags(owner: Client, repository: str) -> None:
    """D1: all in one transaction, each named once."""
    image = owner.push_image(repository)
    answer = owner.push_manifest(repository, f"{image.digest}?tag=b&tag=a&tag=b", image.content)

    assert (answer.status, answer["oci-tag"]) == (201, "b, a")
    assert owner.tags(repository).json["tags"] == ["a", "b"]
    assert owner.pull(repository, "a").body == image.content
    invalid = owner.push_manifest(repository, f"{image.digest}?tag=c&tag=.no", image.content)
    assert (invalid.status, invalid.codes) == (400, ["TAG_INVALID"])
    many = "&".join(f"tag=t{number}" for number in range(65))
    too_many = owner.push_manifest(repository, f"{image.digest}?{many}", image.content)
    assert (too_many.status, too_many.codes) == (414, ["TOO_MANY_TAGS_REQUESTED"])
    assert owner.tags(repository).json["tags"] == ["a", "b"]
    assert owner.push_manifest(repository, f"{image.digest}?{many.partition('&')[2]}", image.content).status == 201


@pytest.mark.parametrize("streamed", [False, True])
def test_a_manifest_of_four_mebibytes_is_taken_and_a_larger_one_refused(owner: Client, repository: str, streamed: bool) -> None:
    """C14."""
    image = owner.push_image(repository)
    for size, status in ((4 * _MIB, 201), (4 * _MIB + 1, 413)):
        body = image.content + b" " * (size - len(image.content))
        pieces = [body[: 3 * _MIB], body[3 * _MIB :]]
        target = f"/v2/{repository}/manifests/large"
        answer = owner.call("PUT", target, body=pieces if streamed else body, headers={"content-type": OCI_MANIFEST})
        assert answer.status == status
        if status == 413:
            assert (answer.codes, answer.errors[0]["detail"]) == (["SIZE_INVALID"], {"max_allowed": 4 * _MIB})
    assert len(owner.pull(repository, "large").body) == 4 * _MIB


def test_a_manifest_with_more_references_than_allowed_is_refused(owner: Client, repository: str) -> None:
    layer = descriptor(b"x", "application/vnd.oci.image.layer.v1.tar")
    answer = owner.push_manifest(repository, "v1", {"schemaVersion": 2, "config": layer, "layers": [layer] * 10_001})

    assert (answer.status, answer.codes) == (400, ["MANIFEST_INVALID"])


def test_a_length_that_is_no_number_counts_as_none(owner: Client, repository: str) -> None:
    image = owner.push_image(repository)
    for length in ("9" * 5000, "x", "-1", "1, 1"):
        headers = {"content-type": OCI_MANIFEST, "content-length": length}
        assert owner.call("PUT", f"/v2/{repository}/manifests/v1", body=[image.content], headers=headers).status == 201


_AMD64 = {"os": "linux", "architecture": "amd64"}


@pytest.mark.parametrize(
    ("accept", "serves_image"),
    [
        (None, False),
        (OCI_INDEX, False),
        (f"{OCI_MANIFEST}, {OCI_INDEX}", False),
        (DOCKER_LIST, False),
        ("*/*", False),
        (f"{OCI_MANIFEST}, */*", False),
        ("application/json", False),
        (OCI_MANIFEST, True),
        (f"{DOCKER_MANIFEST}, {OCI_MANIFEST}", True),
    ],
)
def test_a_client_that_takes_no_index_gets_the_image_for_linux_on_amd64(
    owner: Client, repository: str, accept: str | None, serves_image: bool
) -> None:
    """Registry-protocol 6.2: by tag only."""
    arm, amd = owner.push_image(repository), owner.push_image(repository)
    index = owner.push_image(
        repository, "v1", make_index([arm.descriptor(platform={"os": "linux", "architecture": "arm64"}), amd.descriptor(platform=_AMD64)])
    )
    headers = {} if accept is None else {"accept": accept}
    answer = owner.pull(repository, "v1", headers=headers)

    served = amd if serves_image else index
    assert (answer.body, answer["docker-content-digest"], answer["content-type"]) == (served.content, served.digest, served.media_type)
    assert owner.pull(repository, index.digest, headers=headers).body == index.content


def test_two_accept_lines_count_as_one(owner: Client, repository: str) -> None:
    amd = owner.push_image(repository)
    index = owner.push_image(repository, "v1", make_index([amd.descriptor(platform=_AMD64)]))
    sent = [("accept", OCI_INDEX), ("accept", OCI_MANIFEST), ("authorization", owner.authorization or "")]
    answer = owner.server.run(owner.server.send("GET", f"/v2/{repository}/manifests/v1", headers=sent))

    assert answer.body == index.content


def test_an_index_without_that_image_is_served_itself(owner: Client, repository: str) -> None:
    for children in ([], [make_image().descriptor(platform=_AMD64)], [owner.push_image(repository).descriptor()]):
        index = owner.push_image(repository, "v1", make_index(children))
        assert owner.pull(repository, "v1", headers={"accept": OCI_MANIFEST}).body == index.content
