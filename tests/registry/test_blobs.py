"""Reading and deleting blobs (registry-protocol 4; C10, C11, C21, D3)."""

import pytest

from pierhead.repositories.model import RepositoryState
from tests.registry.client import Client
from tests.registry.content import digest_of, encode, fresh, make_image
from tests.registry.people import People

_UNKNOWN = "sha256:" + "1" * 64
_CONTENT = bytes(range(250)) * 16  # 4000 bytes: small enough to be served from memory
_LARGE = _CONTENT * 300  # more than one piece


@pytest.fixture(params=["sha256", "sha512"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("content", [b"", b"x", _CONTENT, _LARGE], ids=["empty", "one byte", "small", "large"])
def test_a_blob_reads_as_it_was_pushed(owner: Client, repository: str, content: bytes, algorithm: str) -> None:
    """C10, C12: HEAD has every header of GET."""
    digest = owner.push_blob(repository, content, algorithm=algorithm)

    for _ in range(2):
        answer, head = owner.blob(repository, digest), owner.blob(repository, digest, "HEAD")
        assert (answer.status, answer.body == content) == (200, True)
        for one in (answer, head):
            assert (one.status, one["docker-content-digest"], one["etag"]) == (200, digest, f'"{digest}"')
            assert (one["content-length"], one["content-type"]) == (str(len(content)), "application/octet-stream")
            assert (one["accept-ranges"], one["cache-control"]) == ("bytes", "max-age=31536000")


def test_both_digests_lead_to_the_same_bytes_once_both_are_known(owner: Client, repository: str) -> None:
    content = fresh()
    first, second = owner.push_blob(repository, content), owner.push_blob(repository, content, algorithm="sha512")

    assert owner.blob(repository, first).body == owner.blob(repository, second).body == content
    assert owner.blob(repository, second)["docker-content-digest"] == second


@pytest.mark.parametrize(
    "digest",
    [
        _UNKNOWN,
        "sha512:" + "1" * 128,
        "sha256:baddigeststring",
        "sha256:" + "1" * 63,
        "md5:" + "1" * 32,
        "sha256",
        "sha256:" + "g" * 64,
        "%00",
        "sha256:" + "1" * 5000,
        "%C3%A9",
    ],
)
def test_what_is_not_there_is_unknown_however_it_is_spelled(owner: Client, repository: str, digest: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        answer = owner.blob(repository, digest, method)
        assert answer.status == 404
        if method != "HEAD":
            assert answer.codes == ["BLOB_UNKNOWN"]


def test_digits_may_be_upper_case(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, fresh())
    algorithm, _, digits = digest.partition(":")

    assert owner.blob(repository, f"{algorithm}:{digits.upper()}")["docker-content-digest"] == digest


@pytest.mark.parametrize("content", [_CONTENT, _LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, None),
        ("bytes=-500", -500, None),
        ("bytes=2000-99999999", 2000, None),
        ("bytes=0-0", 0, 0),
        ("bytes=-99999999", 0, None),
        (" bytes=500 - 1499 ", 500, 1499),
    ],
)
def test_a_range_gets_exactly_its_bytes(owner: Client, repository: str, content: bytes, header: str, start: int, end: int | None) -> None:
    """C11."""
    digest = owner.push_blob(repository, content)
    first = start % len(content)
    last = len(content) - 1 if end is None else end
    answer = owner.blob(repository, digest, range=header)

    assert (answer.status, answer.body == content[first : last + 1]) == (206, True)
    assert answer["content-range"] == f"bytes {first}-{last}/{len(content)}"
    assert (answer["docker-content-digest"], answer["etag"]) == (digest, f'"{digest}"')


@pytest.mark.parametrize("header", ["bytes=500-0", "bytes=5000-10000", "bytes=4000-", "bytes=-0", "bytes=9999999999999999999-"])
def test_a_range_outside_is_refused_with_a_readable_answer(owner: Client, repository: str, header: str) -> None:
    """C11; the body's length is right, so that the connection can be kept."""
    digest = owner.push_blob(repository, _CONTENT)
    answer = owner.blob(repository, digest, range=header)

    assert (answer.status, answer.codes, answer["content-range"]) == (416, ["RANGE_INVALID"], "bytes */4000")


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes", "bytes=a-b", "bytes=" + "1" * 5000 + "-", "\u00b2"])
def test_a_range_that_cannot_be_read_gets_the_whole(owner: Client, repository: str, header: str) -> None:
    """RFC 9110 14.2: what is not understood is ignored."""
    digest = owner.push_blob(repository, _CONTENT)

    assert owner.blob(repository, digest, range=header).status == 200


def test_every_range_of_an_empty_blob_is_outside(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, b"")

    for header in ("bytes=0-", "bytes=0-0", "bytes=-5"):
        assert owner.blob(repository, digest, range=header)["content-range"] == "bytes */0"


def test_if_range_holds_the_range_to_the_same_content(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, _CONTENT)

    for condition, status in (
        (f'"{digest}"', 206),
        ('"sha256:other"', 200),
        (f'W/"{digest}"', 200),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 200),
    ):
        assert owner.blob(repository, digest, range="bytes=0-9", if_range=condition).status == status


def test_a_client_that_has_the_blob_need_not_read_it_again(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, _CONTENT)

    for condition in (f'"{digest}"', "*", f'"x", W/"{digest}"'):
        for method in ("GET", "HEAD"):
            answer = owner.blob(repository, digest, method, if_none_match=condition)
            assert (answer.status, answer["etag"], answer["docker-content-digest"]) == (304, f'"{digest}"', digest)
    assert owner.blob(repository, digest, if_none_match='"x"').status == 200


def test_a_client_that_goes_away_stops_the_reading(owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, bytes(3 * 1024 * 1024))
    answer = owner.call("GET", f"/v2/{repository}/blobs/{digest}", leaves_after=1)

    assert answer.status == 200
    assert 0 < len(answer.body) < 3 * 1024 * 1024


def test_a_deleted_blob_is_gone_at_once_and_comes_back_with_the_next_push(people: People, owner: Client, repository: str) -> None:
    """C21; another repository that holds the same blob keeps it."""
    content, other = fresh(), people.repository(owner)
    digest = owner.push_blob(repository, content)
    owner.push_blob(other, content)

    assert owner.blob(repository, digest, "DELETE").status == 202
    assert owner.blob(repository, digest, "HEAD").status == 404
    assert owner.blob(repository, digest, "DELETE").status == 404
    assert owner.blob(other, digest).body == content
    owner.push_blob(repository, content)
    assert owner.blob(repository, digest).body == content


def test_a_blob_in_use_cannot_be_deleted_until_its_manifests_are_gone(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    config = digest_of(image.blobs[0])
    answer = owner.blob(repository, config, "DELETE")

    assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])
    assert answer.errors[0]["detail"] == {"manifests": [image.digest]}
    owner.delete(repository, image.digest)
    assert owner.blob(repository, config, "DELETE").status == 202


def test_a_blob_of_a_manifest_without_a_tag_is_in_use(owner: Client, repository: str) -> None:
    image = owner.push_image(repository)

    assert owner.blob(repository, digest_of(image.blobs[1]), "DELETE").status == 405


def test_what_only_the_time_machine_holds_may_be_deleted(owner: Client, repository: str) -> None:
    """The suite deletes tags, then manifests, then blobs; clients that delete the tag only do the same."""
    image = owner.push_image(repository, "v1")
    owner.delete(repository, "v1")

    assert owner.blob(repository, digest_of(image.blobs[1]), "DELETE").status == 202


def test_nothing_is_deleted_from_a_frozen_repository(people: People, owner: Client, repository: str) -> None:
    digest = owner.push_blob(repository, fresh())
    people.freeze(repository, RepositoryState.READ_ONLY)

    assert owner.blob(repository, digest, "DELETE").status == 405
    assert owner.blob(repository, digest).status == 200


def test_a_blob_stands_by_the_digest_of_every_config_and_layer(owner: Client, repository: str) -> None:
    """C16: the same blob as config and as layer is one edge."""
    shared = encode({"n": fresh().decode()})
    image = owner.push_image(repository, "v1", make_image(config=shared, layers=[shared]))

    assert owner.blob(repository, digest_of(shared)).body == shared
    assert owner.pull(repository, "v1").body == image.content


def test_size_is_counted_once_for_each_blob_of_a_repository(people: People, owner: Client, repository: str) -> None:
    first, second = fresh(100), fresh(50)
    for content in (first, second, first):
        owner.push_blob(repository, content)
    assert people.size_of(repository) == len(first) + len(second)

    owner.blob(repository, digest_of(first), "DELETE")
    assert people.size_of(repository) == len(second)
