"""Uploads that break off, change the process, meet each other or are forgotten (registry-protocol 5 and 9.3)."""

import asyncio
import threading

import pytest

from pierhead.app import build_job_services
from pierhead.platform.clock import ManualClock
from pierhead.platform.jobs.model import JobContext
from pierhead.registry.jobs import RemoveAbandonedUploads
from tests.registry.client import Client, Server
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, fresh


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_another_process_continues_an_upload(owner: Client, repository: str, new_server: NewServer, algorithm: str) -> None:
    """Every request may go to another process, and the first may be gone meanwhile."""
    first, second, third = bytes(700_000), fresh(400_000), fresh(50)
    location = owner.start_upload(repository, f"?digest-algorithm={algorithm}")
    owner.call("PATCH", location, body=first)
    other = owner.at(new_server())
    assert other.call("GET", location)["range"] == "0-699999"
    assert other.call("PATCH", location, body=second)["range"] == "0-1099999"
    answer = owner.at(new_server()).finish_upload(location, digest_of(first + second + third, algorithm), third)

    assert answer.status == 201
    assert owner.call("GET", answer["location"]).body == first + second + third


def test_an_upload_goes_on_after_a_restart(owner: Client, repository: str, server: Server, clock: ManualClock) -> None:
    before = Server(server.settings, clock)
    location = owner.at(before).start_upload(repository)
    owner.at(before).call("PATCH", location, body=b"first ")
    before.close()
    after = Server(server.settings, clock)
    answer = owner.at(after).finish_upload(location, digest_of(b"first second"), b"second")
    after.close()

    assert answer.status == 201


def test_a_stream_that_breaks_off_counts_up_to_where_it_broke(owner: Client, repository: str) -> None:
    first, second = fresh(900_000), fresh(100)
    location = owner.start_upload(repository)
    broken = owner.call("PATCH", location, body=[first[:300_000], first[300_000:]], breaks_off=True)

    assert broken.status == 0
    assert owner.call("GET", location)["range"] == "0-899999"
    assert owner.finish_upload(location, digest_of(first + second), second).status == 201


def test_a_chunk_that_breaks_off_does_not_count(owner: Client, repository: str) -> None:
    content = fresh(1000)
    location = owner.start_upload(repository)
    owner.call("PATCH", location, body=[content[:400]], headers={"content-range": "0-999"}, breaks_off=True)

    assert owner.call("GET", location)["range"] == "0-0"
    assert owner.call("PATCH", location, body=content, headers={"content-range": "0-999"})["range"] == "0-999"


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_a_closing_request_that_breaks_off_leaves_the_upload_as_it_was(owner: Client, repository: str, size: int) -> None:
    first, rest = fresh(500), fresh(size)
    location, digest = owner.start_upload(repository), digest_of(first + rest)
    owner.call("PATCH", location, body=first)
    owner.call("PUT", f"{location}?digest={digest}", body=[rest[: size // 2]], breaks_off=True)

    assert owner.call("GET", location)["range"] == "0-499"
    assert owner.blob(repository, digest, "HEAD").status == 404
    assert owner.finish_upload(location, digest, rest).status == 201


def test_a_whole_push_that_breaks_off_leaves_no_blob(owner: Client, repository: str) -> None:
    content = fresh(5000)
    target = f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}"
    owner.call("POST", target, body=[content[:2000]], breaks_off=True)

    assert owner.blob(repository, digest_of(content), "HEAD").status == 404
    assert owner.call("POST", target, body=content).status == 201


def test_of_two_chunks_for_the_same_place_one_wins(owner: Client, repository: str) -> None:
    first, second = b"a" * 1000, b"b" * 1000
    location = owner.start_upload(repository)

    async def race() -> list[int]:
        headers = {"content-range": "0-999"}
        answers = await asyncio.gather(*(owner.send("PATCH", location, body=body, headers=headers) for body in (first, second)))
        return sorted(answer.status for answer in answers)

    statuses = owner.server.run(race())
    assert statuses[0] == 202
    assert statuses[1] in (409, 416)
    assert owner.call("GET", location)["range"] == "0-999"
    results = [owner.finish_upload(location, digest_of(content)).status for content in (first, second)]
    # The first attempt with the wrong digest drops the upload.
    assert results in ([201, 404], [400, 404])


def test_the_same_blob_pushed_by_many_at_once_is_one_blob(owner: Client, repository: str) -> None:
    content = fresh(3000)
    target = f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}"

    async def push_all() -> list[int]:
        answers = await asyncio.gather(*(owner.send("POST", target, body=content) for _ in range(12)))
        return [answer.status for answer in answers]

    assert owner.server.run(push_all()) == [201] * 12
    assert owner.blob(repository, digest_of(content)).body == content


def test_many_first_pushes_at_once_create_one_repository(owner: Client) -> None:
    name = f"{owner.name}/everybody"
    content = fresh()
    target = f"/v2/{name}/blobs/uploads/?digest={digest_of(content)}"

    async def push_all() -> list[int]:
        answers = await asyncio.gather(*(owner.send("POST", target, body=content) for _ in range(8)))
        return [answer.status for answer in answers]

    assert owner.server.run(push_all()) == [201] * 8
    assert owner.call("GET", "/v2/_catalog").json == {"repositories": [name]}


def test_an_upload_without_progress_is_forgotten_after_two_days(owner: Client, repository: str, clock: ManualClock) -> None:
    old, alive = owner.start_upload(repository), owner.start_upload(repository)
    for location in (old, alive):
        owner.call("PATCH", location, body=b"some bytes")
    clock.advance(hours=47)
    assert owner.call("PATCH", alive, body=b", and more")["range"] == "0-19"
    clock.advance(hours=2)
    core = owner.server.core
    services = build_job_services(core)
    RemoveAbandonedUploads().run(JobContext(services, core.database, key="upkeep", attempt=1, stopping=threading.Event()))

    assert owner.call("GET", old).codes == ["BLOB_UPLOAD_UNKNOWN"]
    assert owner.finish_upload(alive, digest_of(b"some bytes, and more")).status == 201
