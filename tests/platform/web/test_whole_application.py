"""The pages beside `/v2` as the composition root puts them together, from the start to the stop of the process."""

import base64
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pierhead.app import WebApplication, build_core
from pierhead.platform.clock import ManualClock
from pierhead.settings import DatabaseSettings, Settings, WebSettings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        secret_key=base64.b64encode(bytes(32)).decode(),
        database=DatabaseSettings(url=database_url, read_threads=1, write_threads=1),
        web=WebSettings(metrics_token="figures"),
    )


def test_a_process_starts_answers_and_stops(settings: Settings, clock: ManualClock) -> None:
    started: list[bool] = []
    application = WebApplication(build_core(settings, clock=clock), on_start=lambda: started.append(True))
    with TestClient(application.asgi, base_url="https://registry.example.com") as client:
        assert started == [True]
        everything = client.get("/health/endtoend")
        assert (everything.status_code, everything.json()["data"]["services"]) == (
            200,
            dict.fromkeys(("database", "auth", "service_key", "registry_gunicorn", "web_gunicorn", "storage"), True),
        )
        assert "storage" not in client.get("/health/instance/").json()["data"]["services"]
        assert client.get("/metrics").status_code == 401
        figures = client.get("/metrics", headers={"authorization": "Bearer figures"})
        assert "quay_request_duration_seconds" in figures.text
        assert client.get("/v2/").status_code == 401
        for path in ("/health/instance", "/v2/", "/nothing"):
            assert client.get(path).headers["x-request-id"]


def test_health_tells_when_the_storage_is_gone(settings: Settings, clock: ManualClock, tmp_path: Path) -> None:
    application = WebApplication(build_core(settings, clock=clock))
    with TestClient(application.asgi) as client:
        storage = tmp_path / "storage"
        storage.rename(tmp_path / "elsewhere")
        storage.write_text("no folder")
        answer = client.get("/health/endtoend")

    assert (answer.status_code, answer.json()["data"]["services"]["storage"]) == (503, False)


def test_pages_of_a_listed_origin_may_call_the_management_api(settings: Settings, clock: ManualClock) -> None:
    listed = settings.model_copy(update={"web": WebSettings(cors_origins=("https://portal.example.com",))})
    with TestClient(WebApplication(build_core(listed, clock=clock)).asgi, base_url="https://registry.example.com") as client:
        origins = {
            path: client.get(path, headers={"Origin": "https://portal.example.com"}).headers.get("access-control-allow-origin")
            for path in ("/config", "/api/v1/user/", "/v2/")
        }
    assert origins == {"/config": "https://portal.example.com", "/api/v1/user/": "https://portal.example.com", "/v2/": None}
