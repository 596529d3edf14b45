"""What the whole registry refuses: in read-only mode, with pushes switched off, and for caches that it does not keep (registry-protocol 1, 7)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pierhead.app import WebApplication
from pierhead.platform.blobstore.memory import MemoryBlobStore
from tests.registry.client import HOST, Answer, Client, Server
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, make_image

_PUSHES = (
    ("POST", "blobs/uploads/"),
    ("POST", f"blobs/uploads/?mount={digest_of(b'x')}"),
    ("PATCH", "blobs/uploads/some-uuid"),
    ("PUT", f"blobs/uploads/some-uuid?digest={digest_of(b'x')}"),
    ("PUT", "manifests/v1"),
)
_DELETIONS = (
    ("DELETE", "blobs/uploads/some-uuid"),
    ("DELETE", "manifests/v1"),
    ("DELETE", f"manifests/{digest_of(b'x')}"),
    ("DELETE", f"blobs/{digest_of(b'x')}"),
)

StartRegistry = Callable[..., Server]


@pytest.fixture
def start(server: Server, new_server: NewServer) -> StartRegistry:
    """Starts a process with other settings of the registry."""
    return lambda **changes: new_server(registry=server.settings.registry.model_copy(update=changes))


def check_reads(client: Client, repository: str, digest: str) -> None:
    bearer = client.bearing(f"repository:{repository}:pull,push")
    for caller in (client, bearer):
        for path in ("manifests/v1", f"manifests/{digest}", "tags/list", f"referrers/{digest}"):
            assert caller.call("GET", f"/v2/{repository}/{path}").status == 200


def call_all(client: Client, repository: str, operations: tuple[tuple[str, str], ...]) -> list[Answer]:
    return [client.call(method, f"/v2/{repository}/{path}") for method, path in operations]


def test_in_read_only_mode_every_write_is_refused_and_reads_go_on(owner: Client, repository: str, start: StartRegistry) -> None:
    image = owner.push_image(repository, "v1")
    frozen = owner.at(start(read_only=True))

    for answer in call_all(frozen, repository, (*_PUSHES, *_DELETIONS)):
        assert (answer.status, answer.codes) == (405, ["DENIED"])
        (error,) = answer.errors
        assert (error["is_readonly"], error["detail"]) == (True, {"is_readonly": True})
    check_reads(frozen, repository, image.digest)
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert frozen.call("POST", "/v2/auth", body=b"grant_type=password&username=x&password=y", headers=form).status == 401


def test_with_pushes_off_pulls_and_deletions_go_on(owner: Client, repository: str, start: StartRegistry) -> None:
    image = owner.push_image(repository, "v1")
    closed = owner.at(start(pushes=False))

    for answer in call_all(closed, repository, _PUSHES):
        assert (answer.status, answer.codes) == (405, ["DENIED"])
        assert "is_readonly" not in answer.errors[0]
    check_reads(closed, repository, image.digest)
    assert [answer.status for answer in call_all(closed, repository, _DELETIONS)] == [404, 202, 404, 404]


def test_the_cache_of_another_registry_is_not_known(owner: Client, repository: str) -> None:
    """D7: what containerd asks of a mirror."""
    owner.push_image(repository, "v1")

    for path in ("manifests/v1", "tags/list", f"blobs/{digest_of(b'x')}"):
        answer = owner.call("GET", f"/v2/{repository}/{path}?ns=docker.io")
        assert (answer.status, answer.codes, answer.errors[0]["detail"]) == (404, ["NAME_UNKNOWN"], {"ns": "docker.io"})
    for query in (f"ns={HOST}", f"ns={HOST.upper()}", "ns=", "columns=1"):
        assert owner.call("GET", f"/v2/{repository}/manifests/v1?{query}").status == 200
    assert owner.call("GET", "/v2/?ns=docker.io").status == 200


def test_an_upload_tells_the_smallest_chunk_that_the_storage_likes(owner: Client, repository: str, new_server: NewServer) -> None:
    """A smaller one is taken all the same."""

    class PartedStore(MemoryBlobStore):
        minimum_part_bytes = 5 * 1024 * 1024

    assert owner.call("POST", f"/v2/{repository}/blobs/uploads/").get("oci-chunk-min-length") is None
    server = new_server()
    server.asgi = WebApplication(replace(server.core, blobs=PartedStore())).asgi
    client = owner.at(server)

    assert client.call("POST", f"/v2/{repository}/blobs/uploads/")["oci-chunk-min-length"] == "5242880"
    assert client.push_blob_in_chunks(repository, [b"small", b"chunks"]).status == 201
    assert client.push_image(repository, "v1", make_image()).digest
