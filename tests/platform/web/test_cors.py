"""What pages of other origins may ask of the management API (api-v1, section 3.7)."""

from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from pierhead.platform.web.cors import CrossOrigin

PORTAL = "https://portal.example.com"
ALLOW = "access-control-allow-origin"


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"who?"})


def ask(*origins: str, path: str = "/api/v1/user/", origin: str | None = PORTAL, method: str = "GET") -> Response:
    client = TestClient(CrossOrigin(refuse, origins))
    response: Response = client.request(method, path, headers={} if origin is None else {"Origin": origin})
    return response


def test_without_a_setting_no_page_of_another_origin_is_let_in() -> None:
    assert not [name for name in ask().headers if name.startswith("access-control")]


def test_a_listed_origin_may_use_the_session_of_whoever_sits_there() -> None:
    response = ask(PORTAL, "https://other.example.com/")

    assert (response.status_code, response.headers[ALLOW], response.headers["vary"]) == (401, PORTAL, "Origin")
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "X-CSRF-Token" in response.headers["access-control-allow-headers"]
    assert ask(PORTAL, "https://other.example.com/", origin="https://other.example.com").headers[ALLOW] == "https://other.example.com"


@pytest.mark.parametrize("origin", ["https://evil.example.com", "http://portal.example.com", f"{PORTAL}.evil.example.com", "null", None])
def test_an_origin_that_is_not_listed_is_not_let_in(origin: str | None) -> None:
    response = ask(PORTAL, origin=origin)
    assert ALLOW not in response.headers
    assert "access-control-allow-credentials" not in response.headers


def test_a_star_lets_every_page_call_but_none_with_a_session() -> None:
    response = ask("*")

    assert response.headers[ALLOW] == "*"
    assert "access-control-allow-credentials" not in response.headers
    assert "X-CSRF-Token" not in response.headers["access-control-allow-headers"]
    for path in ("/config", "/csrf_token", "/csrf_token/"):
        assert ALLOW not in ask("*", path=path).headers


def test_a_listed_origin_beside_a_star_keeps_its_rights() -> None:
    assert ask("*", PORTAL).headers["access-control-allow-credentials"] == "true"
    assert ask("*", PORTAL, path="/csrf_token").headers[ALLOW] == PORTAL


def test_a_preflight_is_answered_without_asking_the_application() -> None:
    response = ask(PORTAL, method="OPTIONS")

    assert (response.status_code, response.json()) == (200, None)
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST, DELETE, PUT"
    assert ask(method="OPTIONS").status_code == 200


@pytest.mark.parametrize("path", ["/v2/", "/oauth/authorize", "/api/v2", "/metrics"])
def test_other_paths_are_left_alone(path: str) -> None:
    assert ALLOW not in ask("*", PORTAL, path=path).headers
    assert ask("*", PORTAL, path=path, method="OPTIONS").status_code == 401
