"""Pushing blobs: monolithic, in chunks, as a stream, at once (registry-protocol 5; C4 to C8, C10, C12, D2, D4, D5, D8)."""

import re
import uuid

import pytest

from tests.registry.client import Body, Client
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, fresh
from tests.registry.people import People

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAYER_LIMIT = 3 * 1024 * 1024  # of the shared server


@pytest.fixture(params=["sha256", "sha512"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_new_upload_tells_where_it_is_and_that_it_is_empty(owner: Client, repository: str) -> None:
    """C5, D8: the location holds a UUID and is relative, so it works behind any proxy."""
    for path in (f"/v2/{repository}/blobs/uploads/", f"/v2/{repository}/blobs/uploads"):
        answer = owner.call("POST", path)
        assert (answer.status, answer["range"], answer["content-length"]) == (202, "0-0", "0")
        assert _UUID.fullmatch(answer["docker-upload-uuid"])
        assert answer["location"] == f"/v2/{repository}/blobs/uploads/{answer['docker-upload-uuid']}"
        status = owner.call("GET", answer["location"])
        assert (status.status, status["range"], status["location"]) == (204, "0-0", answer["location"])
        assert status["docker-upload-uuid"] == answer["docker-upload-uuid"]


@pytest.mark.parametrize("content", [b"", b"x" * 100, bytes(2 * 1024 * 1024)], ids=["empty", "small", "large"])
@pytest.mark.parametrize("way", ["at once", "closing body", "stream in the closing body", "one chunk", "stream", "stream at once"])
def test_every_way_of_pushing_ends_in_the_same_blob(owner: Client, repository: str, way: str, content: bytes, algorithm: str) -> None:
    """C4 to C8, C10, C12: GET of the returned Location gives the bytes, the digest is the one that the client sent."""
    digest = digest_of(content, algorithm)
    pieces = [content[start : start + 300_000] for start in range(0, len(content), 300_000)] or [b""]
    uploads = f"/v2/{repository}/blobs/uploads/"
    if way.endswith("at once"):
        answer = owner.call("POST", f"{uploads}?digest={digest}", body=content if way == "at once" else pieces)
    else:
        location = owner.start_upload(repository)
        if way == "stream":
            location = owner.call("PATCH", location, body=pieces)["location"]
        elif way == "one chunk" and content:
            headers = {"content-range": f"0-{len(content) - 1}"}
            location = owner.call("PATCH", location, body=content, headers=headers)["location"]
        bodies: dict[str, Body] = {"closing body": content, "stream in the closing body": pieces}
        closing = bodies.get(way, b"")
        answer = owner.finish_upload(location, digest, closing)

    assert (answer.status, answer["docker-content-digest"], answer["content-length"]) == (201, digest, "0")
    assert answer["location"] == f"/v2/{repository}/blobs/{digest}"
    assert owner.call("GET", answer["location"]).body == content


def test_chunks_follow_each_other_with_the_last_in_the_closing_request(owner: Client, repository: str, algorithm: str) -> None:
    """C6."""
    chunks = [fresh(700), fresh(300), fresh(500)]
    content = b"".join(chunks)
    location = owner.start_upload(repository)
    for start, end, status in ((0, 700, 202), (700, 1000, 202)):
        answer = owner.call("PATCH", location, body=content[start:end], headers={"content-range": f"{start}-{end - 1}"})
        assert (answer.status, answer["range"], answer["location"]) == (status, f"0-{end - 1}", location)
    answer = owner.finish_upload(location, digest_of(content, algorithm), content[1000:], **{"content-range": f"1000-{len(content) - 1}"})

    assert answer.status == 201
    assert owner.call("GET", answer["location"]).body == content


@pytest.mark.parametrize("form", ["{}-{}", "bytes {}-{}", "bytes={}-{}", "bytes {}-{}/*", "{}-{}/9999"])
def test_a_chunk_may_spell_its_range_in_every_known_form(owner: Client, repository: str, form: str) -> None:
    location = owner.start_upload(repository)

    assert owner.call("PATCH", location, body=b"12345", headers={"content-range": form.format(0, 4)})["range"] == "0-4"


@pytest.mark.parametrize("start", [0, 3, 11, 5000, 9_999_999_999_999_999])
@pytest.mark.parametrize("closing", [False, True], ids=["PATCH", "PUT"])
def test_a_chunk_out_of_order_is_refused_and_the_upload_goes_on(owner: Client, repository: str, start: int, closing: bool) -> None:
    """C7, D5: the answer tells the place, the status too, then the upload continues to success."""
    first, second = fresh(10)[:10], fresh(10)[:10]
    location, digest = owner.start_upload(repository), digest_of(first + second)
    owner.call("PATCH", location, body=first, headers={"content-range": "0-9"})
    headers = {"content-range": f"{start}-{start + 9}"}
    method, target = ("PUT", f"{location}?digest={digest}") if closing else ("PATCH", location)
    answer = owner.call(method, target, body=second, headers=headers)

    assert (answer.status, answer.codes, answer["range"], answer["location"]) == (416, ["RANGE_INVALID"], "0-9", location)
    assert location.endswith(answer["docker-upload-uuid"])
    status = owner.call("GET", f"{location}?digest={digest}")
    assert (status.status, status["range"], status["location"]) == (204, "0-9", location)
    finished = owner.finish_upload(location, digest, second, **{"content-range": "10-19"})
    assert (finished.status, owner.call("GET", finished["location"]).body) == (201, first + second)


@pytest.mark.parametrize("closing", [False, True], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("header", ["nonsense", "5-4", "-5", "0-", "bytes", "1" * 30 + "-5", "0-4;5", "\u00b2-\u00b3"])
def test_a_content_range_that_cannot_be_read_is_refused(owner: Client, repository: str, header: str, closing: bool) -> None:
    location = owner.start_upload(repository)
    target = f"{location}?digest={digest_of(b'12345')}" if closing else location
    answer = owner.call("PUT" if closing else "PATCH", target, body=b"12345", headers={"content-range": header})

    assert (answer.status, answer.codes) == (400, ["INVALID_REQUEST"])
    assert owner.finish_upload(location, digest_of(b"12345"), b"12345").status == 201


@pytest.mark.parametrize("closing", [False, True], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("announced", [True, False], ids=["length announced", "stream"])
@pytest.mark.parametrize("header", ["0-3", "0-5"])
def test_a_chunk_of_another_length_than_its_range_is_refused_whole(
    owner: Client, repository: str, header: str, announced: bool, closing: bool
) -> None:
    location = owner.start_upload(repository)
    target = f"{location}?digest={digest_of(b'12345')}" if closing else location
    body = b"12345" if announced else [b"12", b"345"]
    answer = owner.call("PUT" if closing else "PATCH", target, body=body, headers={"content-range": header})

    assert (answer.status, answer.codes) == (400, ["BLOB_UPLOAD_INVALID"])
    assert owner.call("GET", location)["range"] == "0-0"
    assert owner.finish_upload(location, digest_of(b"12345"), b"12345").status == 201


def test_a_wrong_digest_drops_the_upload(owner: Client, repository: str, algorithm: str) -> None:
    """C10: 400, whether the bytes came in the closing request or before, and nothing can be read by either digest."""
    content, wrong = fresh(), digest_of(fresh(), algorithm)
    for patched in (b"", content):
        location = owner.start_upload(repository)
        if patched:
            owner.call("PATCH", location, body=patched)
        answer = owner.finish_upload(location, wrong, b"" if patched else content)
        assert (answer.status, answer.codes) == (400, ["DIGEST_INVALID"])
        assert owner.call("GET", location).codes == ["BLOB_UPLOAD_UNKNOWN"]
    at_once = owner.call("POST", f"/v2/{repository}/blobs/uploads/?digest={wrong}", body=content)
    assert (at_once.status, at_once.codes) == (400, ["DIGEST_INVALID"])
    for digest in (wrong, digest_of(content)):
        assert owner.blob(repository, digest, "HEAD").status == 404


@pytest.mark.parametrize("digest", ["", "sha256:baddigeststring", "md5:" + "1" * 32, "sha256:" + "1" * 63, "sha512:" + "1" * 64, "%C3%A9"])
def test_a_digest_that_is_none_is_refused_and_the_upload_stays(owner: Client, repository: str, digest: str) -> None:
    content, location = fresh(), owner.start_upload(repository)
    for answer in (
        owner.finish_upload(location, digest, content),
        owner.call("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body=content),
        owner.call("PUT", location, body=content),
    ):
        assert (answer.status, answer.codes) == (400, ["DIGEST_INVALID"])
    assert owner.finish_upload(location, digest_of(content), content).status == 201


def test_an_upload_may_ask_to_be_hashed_with_sha512_from_the_start(owner: Client, repository: str) -> None:
    """D2; it may be closed with either digest."""
    for closing in ("sha512", "sha256"):
        answer = owner.push_blob_in_chunks(repository, [fresh(), fresh()], algorithm=closing, query="?digest-algorithm=sha512")
        assert answer.status == 201
        assert answer["docker-content-digest"].startswith(closing)
    refused = owner.call("POST", f"/v2/{repository}/blobs/uploads/?digest-algorithm=md5")
    assert (refused.status, refused.codes) == (400, ["DIGEST_INVALID"])


def test_a_cancelled_upload_is_gone(owner: Client, repository: str) -> None:
    """D4: 204, then everything on that uuid is 404 BLOB_UPLOAD_UNKNOWN."""
    location = owner.start_upload(repository)
    owner.call("PATCH", location, body=b"some bytes")

    assert owner.call("DELETE", location).status == 204
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        target = f"{location}?digest={digest_of(b'')}" if method == "PUT" else location
        answer = owner.call(method, target, body=b"x" if method in ("PATCH", "PUT") else b"")
        assert (answer.status, answer.codes) == (404, ["BLOB_UPLOAD_UNKNOWN"])


def test_an_upload_belongs_to_its_repository_and_to_whoever_began_it(people: People, owner: Client, repository: str) -> None:
    """Someone else's upload is not to be told from none."""
    writer, other = people.user("writer"), people.repository(owner)
    people.grant(repository, writer, "write")
    upload = owner.start_upload(repository).rpartition("/")[2]
    none = str(uuid.uuid4())

    for client, name in ((writer, repository), (owner, other)):
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            seen = [
                client.call(method, f"/v2/{name}/blobs/uploads/{which}?digest={digest_of(b'')}", body=b"x" if method == "PATCH" else b"")
                for which in (upload, none)
            ]
            assert [(answer.status, answer.codes) for answer in seen] == [(404, ["BLOB_UPLOAD_UNKNOWN"])] * 2
    assert owner.call("GET", f"/v2/{repository}/blobs/uploads/{upload}").status == 204


@pytest.mark.parametrize("upload", ["x", "%00", "..", "a" * 300, "%C3%A9", "%F0%9F%90%8B"])
def test_a_name_that_no_upload_has_is_unknown(owner: Client, repository: str, upload: str) -> None:
    assert owner.call("GET", f"/v2/{repository}/blobs/uploads/{upload}").codes == ["BLOB_UPLOAD_UNKNOWN"]


@pytest.mark.parametrize("announced", [True, False], ids=["length announced", "stream"])
@pytest.mark.parametrize("way", ["POST", "PATCH", "PUT"])
def test_a_layer_beyond_the_limit_is_refused(owner: Client, repository: str, way: str, announced: bool) -> None:
    """413 SIZE_INVALID with what is allowed and what came."""
    content = bytes(_LAYER_LIMIT + 1)
    body = content if announced else [content[:1_000_000], content[1_000_000:]]
    digest = digest_of(content)
    if way == "POST":
        answer = owner.call("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body=body)
    else:
        location = owner.start_upload(repository)
        answer = owner.call(way, f"{location}?digest={digest}", body=body)
        assert owner.call("GET", location).status == 404

    assert (answer.status, answer.codes) == (413, ["SIZE_INVALID"])
    detail = answer.errors[0]["detail"]
    assert (detail["reason"], detail["max_allowed"], detail["uploaded"] > _LAYER_LIMIT) == ("layer too large", _LAYER_LIMIT, True)
    assert owner.blob(repository, digest, "HEAD").status == 404


def test_a_layer_of_exactly_the_limit_is_taken(owner: Client, repository: str) -> None:
    assert owner.push_blob_in_chunks(repository, [bytes(_LAYER_LIMIT - 1), b"x"]).status == 201


def test_the_first_upload_creates_the_repository(owner: Client, new_server: NewServer) -> None:
    """Specification S1.11; the setting may forbid it."""
    assert owner.call("POST", f"/v2/{owner.name}/new/blobs/uploads/").status == 202
    assert owner.tags(f"{owner.name}/new").json == {"name": f"{owner.name}/new", "tags": []}

    settings = owner.server.settings
    server = new_server(registry=settings.registry.model_copy(update={"create_on_push": False}))
    refused = owner.at(server).call("POST", f"/v2/{owner.name}/another/blobs/uploads/")
    assert (refused.status, refused.codes) == (404, ["NAME_UNKNOWN"])
