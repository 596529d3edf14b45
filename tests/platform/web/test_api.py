"""The application beside `/v2`: errors in one shape, plain paths, health pages, metrics."""

from collections.abc import Iterable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from starlette.testclient import TestClient

from pierhead.platform import errors
from pierhead.platform.web.api import PlainPaths, create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.platform.web.health import Check, create_health_router
from pierhead.platform.web.metrics import LiveFigures
from pierhead.platform.web.pages import create_metrics_router


class ParcelNotFound(errors.NotFound):
    """A child that a room derives."""

    message = "There is no such parcel."


class Odd(errors.PierheadError):
    """A kind that the table does not know."""


_RAISED: dict[str, errors.PierheadError] = {
    "denied": errors.Denied(),
    "unauthenticated": errors.Unauthenticated(),
    "parcel": ParcelNotFound(detail={"parcel": 7}),
    "limited": errors.RateLimited(retry_after_seconds=17),
    "full": errors.StorageFull(),
    "unavailable": errors.Unavailable(),
    "large": errors.TooLarge(),
    "conflict": errors.Conflict(),
    "quota": errors.QuotaExceeded(),
    "odd": Odd(),
}


def make_router() -> APIRouter:
    router = APIRouter()

    @router.get("/raise/{kind}")
    async def raise_kind(kind: str) -> None:
        raise _RAISED[kind]

    @router.get("/numbers/{number}")
    async def show_number(number: int) -> int:
        return number

    @router.post("/parcels")
    async def send_parcel(content: Annotated[str, Body(embed=True)]) -> int:
        return len(content)

    @router.get("/parcels/{parcel:path}")
    async def show_parcel(parcel: str) -> str:
        return parcel

    return router


def make_client(*routers: APIRouter, special: dict[type[errors.PierheadError], tuple[int, str]] | None = None) -> TestClient:
    return TestClient(PlainPaths(create_api(routers, ErrorTable(special or {}), {})), base_url="https://registry.example.com")


@pytest.fixture
def client() -> TestClient:
    return make_client(make_router())


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("denied", 403, "insufficient_scope"),
        ("unauthenticated", 401, "invalid_token"),
        ("parcel", 404, "not_found"),
        ("limited", 429, "too_many_requests"),
        ("full", 507, "storage_full"),
        ("unavailable", 503, "unavailable"),
        ("large", 413, "invalid_request"),
        ("conflict", 409, "invalid_request"),
        ("quota", 403, "insufficient_scope"),
        ("odd", 500, "internal_error"),
    ],
)
def test_an_error_is_told_by_its_meaning_in_one_shape(client: TestClient, kind: str, status: int, title: str) -> None:
    answer = client.get(f"/raise/{kind}")
    body: dict[str, Any] = answer.json()
    text = _RAISED[kind].message

    assert (answer.status_code, body["status"], body["title"], body["error_type"]) == (status, status, title, title)
    assert (body["detail"], body["error_message"], body["message"]) == (text, text, text)
    assert body["type"] == f"https://registry.example.com/api/v1/error/{title}"
    assert "request_id" in body


def test_an_error_carries_its_facts_and_its_headers(client: TestClient) -> None:
    assert client.get("/raise/parcel").json()["parcel"] == 7
    assert client.get("/raise/limited").headers["retry-after"] == "17"
    assert client.get("/raise/unauthenticated").headers["www-authenticate"] == "Bearer"


def test_the_most_special_class_of_an_error_decides() -> None:
    client = make_client(make_router(), special={ParcelNotFound: (410, "parcel_gone")})

    assert (client.get("/raise/parcel").status_code, client.get("/raise/parcel").json()["title"]) == (410, "parcel_gone")


def test_a_wrong_parameter_and_a_missing_page_have_the_same_shape(client: TestClient) -> None:
    wrong, missing, method = client.get("/numbers/x"), client.get("/nothing"), client.post("/numbers/1")

    assert (wrong.status_code, wrong.json()["title"], "number" in wrong.json()["message"]) == (400, "invalid_request", True)
    assert (missing.status_code, missing.json()["title"]) == (404, "not_found")
    assert (method.status_code, method.json()["status"]) == (405, 405)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("/parcels/a/b", "a/b"),
        ("/parcels/a%2Fb", "a/b"),
        ("/parcels/a%2fb/", "a/b"),
        ("/parcels/a/b///", "a/b"),
        ("/parcels/a%20b%C3%A9", "a b\u00e9"),
        ("/parcels/a%252Fb", "a%2Fb"),
        ("/parcels/%ff", "\ufffd"),
    ],
)
def test_every_form_of_a_path_means_the_same(client: TestClient, sent: str, read: str) -> None:
    answer = client.get(sent, follow_redirects=False)

    assert (answer.status_code, answer.json()) == (200, read)


@pytest.mark.parametrize("is_streamed", [False, True], ids=["announced", "streamed"])
def test_a_body_beyond_the_limit_is_refused(client: TestClient, is_streamed: bool) -> None:
    body = b'{"content": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = client.post("/parcels", content=iter([body]) if is_streamed else body, headers=headers)
    assert answer.status_code == 413
    assert "Content Too Large" in answer.text
    assert client.post("/parcels", json={"content": "small"}).json() == 5


def test_slashes_at_the_end_redirect_nobody(client: TestClient) -> None:
    for path in ("/numbers/1", "/numbers/1/", "/numbers/1//"):
        assert client.get(path, follow_redirects=False).json() == 1
    assert client.get("/", follow_redirects=False).status_code == 404


async def works() -> None:
    return


async def is_down() -> None:
    raise errors.Unavailable("The database does not answer.")


async def has_no_disk() -> None:
    raise OSError("no disk")


async def revision() -> str | None:
    return "0001"


def make_health(instance: dict[str, Check], endtoend: dict[str, Check]) -> TestClient:
    return make_client(create_health_router(instance, endtoend, revision))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/health", ["database"]),
        ("/health/instance", ["database"]),
        ("/health/endtoend", ["database", "storage"]),
        ("/status", ["database", "storage"]),
    ],
)
def test_the_health_page_names_every_part(path: str, names: list[str]) -> None:
    answer = make_health({"database": works}, {"storage": works}).get(path)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"data": {"services": dict.fromkeys(names, True)}, "status_code": 200}


@pytest.mark.parametrize("check", [is_down, has_no_disk])
def test_a_part_that_fails_is_told_without_its_reason(check: Check) -> None:
    client = make_health({"database": works}, {"storage": check})
    answer = client.get("/health/endtoend")

    assert answer.status_code == 503
    assert answer.json() == {"data": {"services": {"database": True, "storage": False}}, "status_code": 503}
    assert client.get("/health/instance").status_code == 200


def test_the_revision_and_the_pings_are_there() -> None:
    client = make_health({}, {})

    assert client.get("/health/dbrevision").json() == {"data": {"db_revision": "0001"}, "status_code": 200}
    assert [client.get(path).json() for path in ("/_internal_ping", "/v1/_internal_ping")] == [True, True]


def collect() -> Iterable[Metric]:
    yield GaugeMetricFamily("parcels_waiting", "Parcels that wait.", value=3)


def test_the_metrics_page_shows_counted_and_live_figures() -> None:
    answer = make_client(create_metrics_router(LiveFigures(collect), None)).get("/metrics")

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert "parcels_waiting 3.0" in answer.text
    assert "quay_request_duration_seconds" in answer.text


@pytest.mark.parametrize(
    ("authorization", "status"),
    [(None, 401), ("Bearer wrong", 401), ("Bearer ", 401), ("Basic metrics-token", 401), ("Bearer metrics-token", 200), ("\u00e9", 401)],
)
def test_the_metrics_page_may_ask_for_a_token(authorization: str | None, status: int) -> None:
    client = make_client(create_metrics_router(LiveFigures(collect), "metrics-token"))
    headers = {} if authorization is None else {"authorization": authorization.encode("latin-1")}

    assert client.get("/metrics", headers=headers).status_code == status  # type: ignore[arg-type]
