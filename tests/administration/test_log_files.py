"""Usage logs as files to download."""

import csv
import json

import pytest

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.access.services import AccessServices
from pierhead.accounts.users import get_namespace
from pierhead.audit.model import LogKind
from pierhead.audit.record import record
from pierhead.platform.database import Database, UnitOfWork
from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn


@pytest.fixture
def ada(sign_in: SignIn) -> ApiClient:
    """Ada's client; she owns the organization `harbour`."""
    client = sign_in("ada")
    assert client.call("POST", "/organization/", {"name": "harbour"}).status_code == 201
    return client


def fill(services: AccessServices, number: int) -> None:
    """Entries of Ada's namespace."""
    ada = services.database.read_now(get_namespace, "ada")

    def write(work: UnitOfWork) -> None:
        for index in range(number):
            record(work, Identity(IdentityKind.USER, "ada"), LogKind.DELETE_TAG, namespace_id=ada.id, tag=f"v{index}")

    services.database.write_now(write)


def test_a_file_of_json_lines_holds_every_page_newest_first(services: AccessServices, ada: ApiClient) -> None:
    fill(services, 1001)

    answer = ada.get("/user/logs/download", params={"format": "jsonl", "kind": "delete_tag"})
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="logs.jsonl"'
    entries = [json.loads(line) for line in answer.text.splitlines()]
    assert [entry["metadata"]["tag"] for entry in entries] == [f"v{index}" for index in reversed(range(1001))]
    assert entries[0]["performer"]["name"] == "ada"


def test_a_csv_file_has_a_line_for_each_entry_and_runs_no_formula(database: Database, services: AccessServices, ada: ApiClient) -> None:
    namespace = services.database.read_now(get_namespace, "ada")
    performer = Identity(IdentityKind.USER, "=cmd")
    database.write_now(record, performer, LogKind.DELETE_TAG, namespace_id=namespace.id, address="192.0.2.1", tag="v1")

    answer = ada.get("/user/logs/download")

    rows = list(csv.reader(answer.text.splitlines()))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert rows[0] == ["datetime", "kind", "performer", "ip", "namespace", "repository", "tag", "metadata"]
    assert rows[1] == ["Thu, 01 Jan 2026 00:00:00 -0000", "delete_tag", "'=cmd", "192.0.2.1", "", "", "v1", '{"tag":"v1"}']
    assert [row[1] for row in rows[1:] if row[1] != "login_success"] == ["delete_tag", "user_create"]


PATHS = ["/user/logs/download", "/organization/harbour/logs/download", "/repository/ada/app/logs/download", "/superuser/logs/download"]


@pytest.mark.parametrize("path", PATHS)
def test_files_are_for_those_who_may_see_the_list(
    ada: ApiClient, sign_in: SignIn, anonymous: ApiClient, root: ApiClient, path: str
) -> None:
    assert anonymous.get(path).status_code == 401
    assert sign_in("grace").get(path).status_code == (200 if path.startswith("/user") else 403)
    assert root.get(path).status_code == (403 if path.startswith(("/organization", "/repository")) else 200)


@pytest.mark.parametrize("query", [{"format": "xml"}, {"starttime": "01/03/2026", "endtime": "01/01/2026"}])
def test_a_file_that_cannot_be_written_is_refused(ada: ApiClient, query: dict[str, str]) -> None:
    assert ada.get("/organization/harbour/logs/download", params=query).status_code == 400
