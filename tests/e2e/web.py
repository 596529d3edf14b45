"""The few calls of the HTTP interface that end-to-end tests make themselves: raw `/v2` requests, and the REST API as a browser signs in."""

import base64
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

from tests.e2e.client import Account
from tests.services.images import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST

_SECONDS = 30
_EVERY_MANIFEST = f"{OCI_MANIFEST}, {OCI_INDEX}, {DOCKER_MANIFEST}, {DOCKER_LIST}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Registry:
    """`/v2` of a server for one caller, by Basic credentials, or for a stranger."""

    def __init__(self, url: str, account: Account | None = None) -> None:
        self._url = url
        self._opener = urllib.request.build_opener()
        if account is not None:
            credentials = base64.b64encode(account.credentials.encode()).decode()
            self._opener.addheaders = [("Authorization", f"Basic {credentials}")]

    def get(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path such as `/v2/name/tags/list`; an error status is an answer too."""
        return _send(self._opener, urllib.request.Request(self._url + path, method=method, headers=dict(headers or {})))

    def tags(self, repository: str) -> list[str]:
        answer = self.get(f"/v2/{repository}/tags/list")
        assert answer.status == 200, answer
        tags: list[str] = answer.json()["tags"]
        return tags

    def digest(self, repository: str, reference: str) -> str:
        """The digest that the reference stands for, whatever kind of manifest it is."""
        answer = self.get(f"/v2/{repository}/manifests/{reference}", method="HEAD", headers={"Accept": _EVERY_MANIFEST})
        assert answer.status == 200, answer
        return answer.headers["docker-content-digest"]


class ManagementSession:
    """The REST API, signed in with name and password as the web interface signs in."""

    def __init__(self, url: str, account: Account) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._token: str = self.call("GET", "/csrf_token").json()["csrf_token"]
        answer = self.call("POST", "/api/v1/signin", {"username": account.name, "password": account.password})
        assert answer.status == 200, answer
        self._token = answer.headers["x-next-csrf-token"]

    def create_robot(self, short_name: str) -> Account:
        """A robot of the signed-in user."""
        answer = self.call("PUT", f"/api/v1/user/robots/{short_name}", {})
        assert answer.status == 201, answer
        robot = answer.json()
        return Account(robot["name"], robot["token"])

    def create_application_token(self, title: str) -> Account:
        """A token with which a program logs in for the user."""
        answer = self.call("POST", "/api/v1/user/apptoken", {"title": title})
        assert answer.status == 200, answer
        return Account("$app", answer.json()["token"]["token_code"])

    def encrypt_password(self, account: Account) -> Account:
        """The account with its password in the form that may be written into files."""
        answer = self.call("POST", "/api/v1/user/clientkey", {"password": account.password})
        assert answer.status == 200, answer
        return Account(account.name, answer.json()["key"])

    def create_organization(self, name: str) -> None:
        """An organization that the signed-in user owns."""
        answer = self.call("POST", "/api/v1/organization/", {"name": name, "email": f"{name}@example.test"})
        assert answer.status == 201, answer

    def grant(self, repository: str, account: Account, role: str) -> None:
        """Give somebody a role in a repository."""
        answer = self.call("PUT", f"/api/v1/repository/{repository}/permissions/user/{quote(account.name)}", {"role": role})
        assert answer.status == 200, answer

    def federate(self, short_name: str, issuer: str, subject: str) -> None:
        """Let a subject of an OpenID Connect issuer act as a robot of the signed-in user."""
        answer = self.call("POST", f"/api/v1/user/robots/{short_name}/federation", [{"issuer": issuer, "subject": subject}])
        assert answer.status == 200, answer

    def get(self, path: str) -> Answer:
        """What a path of the API answers."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Any call, with the CSRF token where one is needed."""
        headers = {"Content-Type": "application/json"}
        if method != "GET":
            headers["X-CSRF-Token"] = self._token
        content = None if body is None else json.dumps(body).encode()
        return _send(self._opener, urllib.request.Request(self._url + path, data=content, method=method, headers=headers))


def _send(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Answer:
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            return Answer(response.status, _lower(response.headers.items()), response.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers.items()), error.read())


def _lower(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
