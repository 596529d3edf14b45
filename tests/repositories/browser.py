"""A signed-in session of the whole application: what dangerous calls need, which no token passes."""

import json
from typing import Any

from pierhead.accounts.passwords import PasswordHasher
from tests.registry.client import Answer, Client
from tests.registry.people import People

PASSWORD = "correct-horse"


class Browser:
    """A client that keeps its cookie and its CSRF token."""

    def __init__(self, people: People, name: str) -> None:
        self.name = name
        self._client = Client(people.server)
        answer = self._client.call("GET", "/csrf_token")
        self._cookie, self._csrf = answer["set-cookie"].partition(";")[0], answer.json["csrf_token"]
        assert self.call("POST", "/signin", {"username": name, "password": PASSWORD}).status == 200

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """A call below /api/v1."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "cookie": self._cookie, "x-csrf-token": self._csrf}
        answer = self._client.call(method, f"/api/v1{path}", body=content, headers=headers)
        self._cookie = (answer.get("set-cookie") or self._cookie).partition(";")[0]
        self._csrf = answer.get("x-next-csrf-token") or self._csrf
        return answer


def hash_password() -> str:
    """The hash of PASSWORD; it takes a moment, so that a test asks once."""
    hasher = PasswordHasher(threads=1)
    try:
        return hasher.hash_now(PASSWORD)
    finally:
        hasher.close()
