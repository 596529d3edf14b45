"""Exports of usage logs (api-v1/logs, section 1): a receiver is told, and fetches the file."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pierhead.access.services import AccessServices
from pierhead.administration.jobs import AnnounceLogExport
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import PierheadError
from pierhead.platform.jobs import JobContext, JobRegistry, list_jobs
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.platform.secrets import SecretBox
from pierhead.settings import OutboundSettings
from tests.access.builders import ApiClient
from tests.administration.conftest import MakeClient, SignIn


@dataclass
class Receiver:
    """A server of somebody who waits for an export."""

    url: str
    heard: list[dict[str, Any]]
    status: int = 200


@dataclass(frozen=True)
class Services:
    """What the job is given."""

    secret_box: SecretBox
    http: OutboundHttp


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Receiver(f"http://127.0.0.1:{server.server_port}/done", [])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ada(sign_in: SignIn) -> ApiClient:
    """Ada's client; she owns the organization `harbour`."""
    client = sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    return client


def run_export(services: AccessServices, *, attempt: int = 1, allowed_hosts: tuple[str, ...] = ("127.0.0.1",)) -> None:
    """Run the one job that waits."""

    def read(work: UnitOfWork) -> str:
        (job,) = list_jobs(work)
        return job.payload

    job = JobRegistry([AnnounceLogExport]).decode("announce_log_export", services.database.read_now(read))
    given = Services(services.secret_box, OutboundHttp(OutboundSettings(allowed_hosts=allowed_hosts)))
    job.run(JobContext(given, services.database, key="export", attempt=attempt, stopping=threading.Event()))


def test_a_receiver_is_told_and_fetches_the_file_for_a_day(
    services: AccessServices, ada: ApiClient, new_client: MakeClient, receiver: Receiver, clock: ManualClock
) -> None:
    answer = ada.call("POST", "/organization/harbour/exportlogs", {"callback_url": receiver.url})
    assert (answer.status_code, set(answer.json())) == (200, {"export_id"})
    run_export(services)

    (told,) = receiver.heard
    address = told.pop("exported_data_url")
    assert told == {
        "export_id": answer.json()["export_id"],
        "start_time": "Wed, 31 Dec 2025 00:00:00 -0000",
        "end_time": "Fri, 02 Jan 2026 00:00:00 -0000",
        "namespace": "harbour",
        "repository": None,
        "status": "success",
    }
    assert address.startswith("http://registry.example.com/exportedlogs/")
    stranger = new_client()
    file = stranger.http.get(address).json()
    assert (file["export_id"], file["details"]["namespace"]) == (told["export_id"], "harbour")
    assert [entry.get("kind") for entry in file["logs"]] == ["export_logs_success", "org_create", None]
    assert file["logs"][0]["metadata"] == {"export_id": told["export_id"], "url": receiver.url}
    assert file["logs"][-1] == {"terminator": True}
    clock.advance(days=1, seconds=1)
    assert stranger.http.get(address).status_code == 404
    assert stranger.http.get("/exportedlogs/nothing").status_code == 404


def test_users_export_their_own_log(services: AccessServices, ada: ApiClient, receiver: Receiver) -> None:
    assert ada.call("POST", "/user/exportlogs", {"callback_url": receiver.url}).status_code == 200
    run_export(services)

    assert (receiver.heard[0]["namespace"], receiver.heard[0]["repository"]) == ("ada", None)


def test_a_receiver_that_does_not_answer_200_is_called_again_and_then_given_up(
    services: AccessServices, ada: ApiClient, receiver: Receiver
) -> None:
    receiver.status = 202
    ada.call("POST", "/organization/harbour/exportlogs", {"callback_url": receiver.url})
    for attempt in (1, 4):
        with pytest.raises(PierheadError, match="202"):
            run_export(services, attempt=attempt)

    kinds = [entry["kind"] for entry in ada.get("/organization/harbour/logs").json()["logs"]]
    assert kinds == ["export_logs_failure", "org_create"]


def test_no_receiver_in_a_private_network_is_called(services: AccessServices, ada: ApiClient, receiver: Receiver) -> None:
    ada.call("POST", "/organization/harbour/exportlogs", {"callback_url": receiver.url})
    with pytest.raises(PierheadError, match="private"):
        run_export(services, allowed_hosts=())

    assert receiver.heard == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"callback_url": ""},
        {"callback_url": "ftp://example.com/"},
        {"callback_url": "http://"},
        {"callback_url": "http://[::1"},
        {"callback_url": "http://user:secret@example.com/"},
        {"callback_url": "http://example.com/\n"},
        {"callback_url": "http://example.com/" + "x" * 2048},
        {"callback_email": "ada@example.com"},
    ],
)
def test_an_export_that_nobody_can_be_told_of_is_refused(ada: ApiClient, body: dict[str, str]) -> None:
    answer = ada.call("POST", "/organization/harbour/exportlogs", body)

    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid callback URL")


@pytest.mark.parametrize("path", ["/user/exportlogs", "/organization/harbour/exportlogs", "/repository/ada/app/exportlogs"])
def test_exports_are_for_those_who_may_see_the_log(ada: ApiClient, sign_in: SignIn, anonymous: ApiClient, path: str) -> None:
    body = {"callback_url": "https://example.com/done"}
    assert anonymous.call("POST", path, body).status_code == 401
    assert sign_in("grace").call("POST", path, body).status_code == (200 if path.startswith("/user") else 403)
