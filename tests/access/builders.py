"""What the tests of access and accounts are set up with."""

import asyncio
import base64
import secrets
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from pierhead.access.authenticate import authenticate_basic, identify_user
from pierhead.access.manage_user import get_stored_user
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.users import create_user
from pierhead.audit.model import SYSTEM
from pierhead.platform.secrets import SecretBox

PASSWORD = "correct-horse"


def make_secret_box() -> SecretBox:
    """A box with a key of its own."""
    return SecretBox([secrets.token_bytes(32)])


def add_user(services: AccessServices, name: str, *, password: str = PASSWORD, is_superuser: bool = False) -> Account:
    """A user with an e-mail address at example.com."""
    password_hash = services.hasher.hash_now(password)
    return services.database.write_now(create_user, SYSTEM, name, f"{name}@example.com", password_hash, is_superuser=is_superuser)


def identify(services: AccessServices, user: Account) -> Identity:
    """The identity that a user has after signing in."""
    return identify_user(services.database.read_now(get_stored_user, user.id))


def log_in(services: AccessServices, username: str, password: str, *, address: str | None = "192.0.2.1") -> Identity:
    """What a docker login does."""
    return asyncio.run(authenticate_basic(services, username, password, address=address))


def basic(username: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class ApiClient:
    """A client of the REST API that keeps its session and CSRF token, as a browser or the Ansible collection does."""

    def __init__(self, client: TestClient) -> None:
        self.http = client
        self.csrf_token: str | None = None

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        """A call below /api/v1; a new CSRF token in the answer replaces the old one."""
        headers = dict(options.pop("headers", {}))
        if self.csrf_token is not None:
            headers.setdefault("X-CSRF-Token", self.csrf_token)
        response: Response = self.http.request(method, f"/api/v1{path}", json=body, headers=headers, **options)
        self.csrf_token = response.headers.get("X-Next-CSRF-Token", self.csrf_token)
        return response

    def get(self, path: str, **options: Any) -> Response:
        return self.call("GET", path, **options)

    def fetch_csrf_token(self) -> str:
        token: str = self.http.get("/csrf_token").json()["csrf_token"]
        self.csrf_token = token
        return token

    def sign_in(self, username: str, password: str = PASSWORD) -> Response:
        """The whole sequence: CSRF token, then the sign-in."""
        self.fetch_csrf_token()
        return self.call("POST", "/signin", {"username": username, "password": password})
