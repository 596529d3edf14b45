"""What belongs to somebody else looks exactly like what does not exist."""

import asyncio
import base64
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy
from sqlalchemy import text

from tests.e2e.client import Account
from tests.e2e.web import ManagementSession
from tests.reliability.odd_requests import METHODS
from tests.reliability.push import Blob, Image, Ledger, push_image, sha256
from tests.reliability.wire import Answer, Wire, basic, fetch_token
from tests.services.images import OCI_MANIFEST
from tests.services.server import PASSWORD, PierheadServer

pytestmark = pytest.mark.e2e

_SECRET = "ada/secret"
_APPLICATION = "ada/charts"
_ABSENT = ("ada/absent", "nobody/absent")
_IMAGE = Image(_SECRET, "v1", (Blob("secret-config", 200), Blob("secret-layer", 3000)))
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VOLATILE = frozenset(("date", "x-request-id", "content-length"))
_UNKNOWN_DIGEST = "sha256:" + "7" * 64
_UNKNOWN_UUID = "12345678-1234-4123-8123-123456789abc"
_PATHS = (
    "/v2/{name}/manifests/v1",
    "/v2/{name}/manifests/{manifest}",
    "/v2/{name}/blobs/{blob}",
    "/v2/{name}/blobs/uploads/",
    "/v2/{name}/blobs/uploads/{upload}",
    "/v2/{name}/blobs/uploads/{upload}?digest={blob}",
    "/v2/{name}/blobs/uploads/?digest={blob}",
    "/v2/{name}/blobs/uploads/?mount={blob}&from={name}",
    "/v2/{name}/blobs/uploads/?mount={blob}",
    "/v2/{name}/tags/list",
    "/v2/{name}/referrers/{manifest}",
)
_OWN_PATHS = (
    "/v2/bob/own/blobs/{blob}",
    "/v2/bob/own/manifests/{manifest}",
    "/v2/bob/own/blobs/uploads/{upload}",
    "/v2/bob/own/blobs/uploads/{upload}?digest={blob}",
    "/v2/bob/own/referrers/{manifest}",
    "/v2/bob/own/blobs/uploads/?mount={blob}&from={name}",
    "/v2/bob/own/blobs/uploads/?mount={blob}",
)


@dataclass(frozen=True, slots=True)
class Things:
    """Names for the places of a path."""

    name: str
    manifest: str
    blob: str
    upload: str


@dataclass(frozen=True, slots=True)
class House:
    """A server on which ada has secrets, and the credentials of those who must not see them."""

    server: PierheadServer
    secret: Things
    callers: dict[str, str]

    def ask(self, caller: str, method: str, path: str, things: Things, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body, without names, identifiers and moments."""
        target = path.format(name=things.name, manifest=things.manifest, blob=things.blob, upload=things.upload)
        headers = {"Content-Type": OCI_MANIFEST}
        if self.callers[caller]:
            headers["Authorization"] = self.callers[caller]

        async def send() -> Answer:
            async with Wire(self.server.port) as wire:
                return await wire.request(method, target, headers, body)

        return _plain(asyncio.run(send()), things)


def _plain(answer: Answer, things: Things) -> tuple[int, dict[str, str], bytes]:
    def clean(content: bytes) -> bytes:
        for word, place in ((things.name, b"NAME"), (things.manifest, b"MANIFEST"), (things.blob, b"BLOB")):
            content = content.replace(word.encode(), place)
        return _UUID.sub(b"UUID", content)

    headers = {name: clean(value.encode()).decode() for name, value in answer.headers.items() if name not in _VOLATILE}
    return answer.status, headers, clean(answer.body)


@pytest.fixture(scope="module")
def house(server_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with PierheadServer(tmp_path_factory.mktemp("server"), database_url=server_url) as server:
        server.create_user("ada")
        server.create_user("bob")
        secret = asyncio.run(_hide_secrets(server.port))
        _make_application_repository(server_url or f"sqlite:///{server.data / 'pierhead.db'}")
        robot = ManagementSession(server.url, Account("bob", PASSWORD)).create_robot("builder")
        yield House(server, secret, asyncio.run(_collect_callers(server.port, robot)))


async def _hide_secrets(port: int) -> Things:
    token = await fetch_token(port, "ada", PASSWORD, f"repository:{_SECRET}:pull,push", f"repository:{_APPLICATION}:pull,push")
    async with Wire(port, token=token) as wire:
        await push_image(wire, _IMAGE, random.Random(1), Ledger())
        upload = (await wire.request("POST", f"/v2/{_SECRET}/blobs/uploads/")).require(202).headers["docker-upload-uuid"]
        (await wire.request("POST", f"/v2/{_APPLICATION}/blobs/uploads/")).require(202)
    async with Wire(port, token=await fetch_token(port, "bob", PASSWORD, "repository:bob/own:pull,push")) as wire:
        (await wire.request("POST", "/v2/bob/own/blobs/uploads/")).require(202)
    return Things(_SECRET, sha256(_IMAGE.manifest()), _IMAGE.blobs[1].digest(), upload)


def _make_application_repository(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(f"UPDATE repository SET kind = 'application' WHERE name = '{_APPLICATION}'")).rowcount == 1
    engine.dispose()


async def _collect_callers(port: int, robot: Account) -> dict[str, str]:
    names = (_SECRET, _APPLICATION, *_ABSENT, "bob/own")
    scopes = [f"repository:{name}:pull,push" for name in names]
    return {
        "nobody": "",
        "nobody's token": "Bearer " + await fetch_token(port, "", "", *scopes),
        "bob": basic("bob", PASSWORD),
        "bob's token": "Bearer " + await fetch_token(port, "bob", PASSWORD, *scopes),
        "bob's token for the catalog": "Bearer " + await fetch_token(port, "bob", PASSWORD, "registry:catalog:*"),
        "robot": basic(robot.name, robot.password),
        "robot's token": "Bearer " + await fetch_token(port, robot.name, robot.password, *scopes),
    }


_CALLERS = ("nobody", "nobody's token", "bob", "bob's token", "bob's token for the catalog", "robot", "robot's token")


@pytest.mark.parametrize("caller", _CALLERS)
def test_a_private_repository_looks_like_one_that_does_not_exist(house: House, caller: str) -> None:
    others = [replace(house.secret, name=name) for name in (_APPLICATION, *_ABSENT)]
    body = _IMAGE.manifest()
    for path in _PATHS:
        for method in METHODS:
            answers = [house.ask(caller, method, path, things, body) for things in (house.secret, *others)]
            # 400: a missing parameter is told before anybody asks who is calling.
            assert answers[0][0] in {400, 401, 403, 405}, (method, path, answers[0])
            assert all(answer == answers[0] for answer in answers), (method, path, answers)


@pytest.mark.parametrize("caller", ["bob", "bob's token"])
def test_foreign_content_asked_for_in_an_own_repository_looks_unknown(house: House, caller: str) -> None:
    unknown = Things("ada/absent", _UNKNOWN_DIGEST, "sha256:" + "8" * 64, _UNKNOWN_UUID)
    for path in _OWN_PATHS:
        for method in METHODS:
            foreign = house.ask(caller, method, path, house.secret)
            assert foreign == house.ask(caller, method, path, unknown), (method, path)
            assert foreign[0] in {200, 202, 400, 404, 405}, (method, path, foreign)


def test_a_manifest_cannot_find_out_which_blobs_others_have(house: House) -> None:
    def push(digest: str) -> tuple[int, dict[str, str], bytes]:
        described = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 3000}
        body = json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described, "layers": []}).encode()
        things = Things("bob/own", _UNKNOWN_DIGEST, digest, _UNKNOWN_UUID)
        return house.ask("bob", "PUT", "/v2/bob/own/manifests/probe", things, body)

    assert push(house.secret.blob) == push("sha256:" + "8" * 64)


@pytest.mark.parametrize("caller", ["nobody", "bob", "robot"])
def test_a_token_does_not_tell_whether_a_repository_exists(house: House, caller: str) -> None:
    def access(name: str) -> tuple[int, Any]:
        things = Things(name, _UNKNOWN_DIGEST, house.secret.blob, _UNKNOWN_UUID)
        path = "/v2/auth?scope=" + quote(f"repository:{name}:pull,push,*", safe=":,*/")
        status, _, body = house.ask(caller, "GET", path.replace("{", "").replace("}", ""), things)
        claims = json.loads(_decode(json.loads(body)["token"].split(".")[1]))
        return status, [{**entry, "name": "NAME"} for entry in claims["access"]]

    assert access(_SECRET) == access(_APPLICATION) == access(_ABSENT[0]) == access(_ABSENT[1])


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize("caller", ["bob", "bob's token for the catalog", "robot"])
def test_the_catalog_shows_only_what_one_may_read(house: House, caller: str) -> None:
    status, _, body = house.ask(caller, "GET", "/v2/_catalog", house.secret)
    assert status == 200
    assert set(json.loads(body)["repositories"]) <= {"bob/own"}
