"""A client of the whole application without a socket: every answer's form is checked, whatever the test asks about it."""

import asyncio
import base64
import json
from collections.abc import Coroutine, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pierhead.app import WebApplication, build_core
from pierhead.platform.clock import Clock
from pierhead.settings import Settings
from tests.registry.content import OCI_MANIFEST, Image, digest_of, encode, make_image

T = TypeVar("T")

HOST = "registry.example.com"
_BODYLESS = (204, 304)

Body = bytes | Sequence[bytes]
"""Bytes with their length announced, or pieces of a stream without one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered. Names of headers are lower case."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """The value of a header that is there once."""
        (value,) = [value for key, value in self.headers if key == name]
        return value

    def get(self, name: str) -> str | None:
        """The value of a header, None when it is missing."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors of a refusal."""
        return list(self.json["errors"])

    @property
    def codes(self) -> list[str]:
        return [error["code"] for error in self.errors]


@dataclass(slots=True)
class _Connection:
    """One request on its way: hands out the body, gathers the answer."""

    pieces: list[bytes]
    breaks_off: bool
    leaves_after: int | None
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> MutableMapping[str, Any]:
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or self.breaks_off}
        if not self.breaks_off:
            await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]]
        else:
            self.received.append(bytes(message.get("body", b"")))
            if self.leaves_after is not None and sum(map(len, self.received)) >= self.leaves_after:
                self.left.set()
                await asyncio.sleep(0)


class Server:
    """The application of one process with its own event loop. Several may stand over the same database and storage."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.core = build_core(settings, clock=clock)
        self.settings = settings
        self.asgi: Any = WebApplication(self.core).asgi
        self._runner = asyncio.Runner()
        self._stopped = False

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run in the server's event loop."""
        return self._runner.run(coroutine)

    def close(self) -> None:
        """Stop, unless that has been done, and end the event loop."""
        self.stop()
        self._runner.close()

    def stop(self) -> None:
        """Stop as at the end of the process."""
        if self._stopped:
            return
        self._stopped = True

        async def stop() -> None:
            messages = [{"type": "lifespan.shutdown"}]

            async def receive() -> Mapping[str, Any]:
                return messages.pop()

            async def send(message: Mapping[str, Any]) -> None:
                assert message["type"] == "lifespan.shutdown.complete"

            await self.asgi({"type": "lifespan"}, receive, send)

        self.run(stop())

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: Body = b"",
        scheme: str = "https",
        address: str = "192.0.2.7",
        breaks_off: bool = False,
        leaves_after: int | None = None,
    ) -> Answer:
        """Send one request. One that `breaks_off` ends in the middle of its body; a client `leaves_after` that many bytes of the answer."""
        parts = urlsplit(target)
        sent = [(name.lower(), value) for name, value in headers]
        if "host" not in dict(sent):
            sent.append(("host", HOST))
        if isinstance(body, bytes):
            if body or method in ("POST", "PUT", "PATCH"):
                sent.append(("content-length", str(len(body))))
            pieces = [body]
        else:
            sent.append(("transfer-encoding", "chunked"))
            pieces = list(body)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent],
            "client": (address, 40000),
            "server": (HOST, 443),
        }
        connection = _Connection(pieces, breaks_off, leaves_after)
        await self.asgi(scope, connection.receive, connection.send)
        answer = Answer(connection.status, connection.headers, b"".join(connection.received))
        if not breaks_off and leaves_after is None:
            check_form(method, parts.path, answer)
        return answer


def check_form(method: str, path: str, answer: Answer) -> None:
    """What holds for every answer (registry-protocol 1, 3.5 and 8)."""
    # The API says 503 about a repository that takes no changes, as its contract has it.
    assert 200 <= answer.status < 500 or (answer.status == 503 and path.startswith("/api/")), answer
    assert answer["x-request-id"]
    if answer.status in _BODYLESS or method == "HEAD":
        assert answer.body == b""
    elif path.startswith("/v2") or answer.get("content-length") is not None:  # the API streams long files
        assert int(answer["content-length"]) == len(answer.body)
    if not path.startswith("/v2"):
        return
    assert answer["docker-distribution-api-version"] == "registry/2.0"
    assert (answer.get("www-authenticate") is not None) == (answer.status == 401)
    if answer.status >= 400 and method != "HEAD":
        assert answer["content-type"] == "application/json"
        for error in answer.errors:
            assert set(error) - {"is_readonly"} == {"code", "message", "detail"}
            assert error["code"]
            assert error["message"]


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who talks to a server: nobody, or whoever the authorization says."""

    server: Server
    name: str = ""
    authorization: str | None = None

    def call(self, method: str, target: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """Send one request; the options are those of `Server.send`."""
        return self.server.run(self.send(method, target, headers=headers, **options))

    async def send(self, method: str, target: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """As `call`, for several at once."""
        sent = list((headers or {}).items())
        if self.authorization is not None:
            sent.append(("authorization", self.authorization))
        return await self.server.send(method, target, headers=sent, **options)

    def at(self, server: Server) -> "Client":
        """The same caller at another server."""
        return replace(self, server=server)

    def ask_token(self, *scopes: str, **options: Any) -> Answer:
        """What the token endpoint answers."""
        query = "&".join(["service=" + HOST, *(f"scope={quote(scope)}" for scope in scopes)])
        return self.call("GET", f"/v2/auth?{query}", **options)

    def bearing(self, *scopes: str) -> "Client":
        """The same caller with a bearer token of these scopes."""
        answer = self.ask_token(*scopes)
        assert answer.status == 200, answer
        return replace(self, authorization=f"Bearer {answer.json['token']}")

    def start_upload(self, repository: str, query: str = "") -> str:
        """The location of a new upload."""
        answer = self.call("POST", f"/v2/{repository}/blobs/uploads/{query}")
        assert answer.status == 202, answer
        return answer["location"]

    def push_blob(self, repository: str, content: bytes, *, algorithm: str = "sha256") -> str:
        """Push in one request; the digest."""
        digest = digest_of(content, algorithm)
        answer = self.call("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body=content)
        assert answer.status == 201, answer
        return digest

    def push_blob_in_chunks(self, repository: str, chunks: Sequence[bytes], *, algorithm: str = "sha256", query: str = "") -> Answer:
        """POST, a PATCH with Content-Range for each chunk, PUT without a body."""
        location, start = self.start_upload(repository, query), 0
        for chunk in chunks:
            place = f"{start}-{start + len(chunk) - 1}"
            answer = self.call("PATCH", location, body=chunk, headers={"content-range": place})
            assert (answer.status, answer["range"]) == (202, f"0-{start + len(chunk) - 1}"), answer
            location, start = answer["location"], start + len(chunk)
        return self.finish_upload(location, digest_of(b"".join(chunks), algorithm))

    def finish_upload(self, location: str, digest: str, body: Body = b"", **headers: str) -> Answer:
        return self.call("PUT", f"{location}?digest={digest}", body=body, headers=headers)

    def push_manifest(self, repository: str, reference: str, content: bytes | dict[str, Any], media_type: str = OCI_MANIFEST) -> Answer:
        body = content if isinstance(content, bytes) else encode(content)
        return self.call("PUT", f"/v2/{repository}/manifests/{reference}", body=body, headers={"content-type": media_type})

    def push_image(self, repository: str, reference: str | None = None, image: Image | None = None) -> Image:
        """Push an image (a new one unless given) with its blobs, by its digest when no tag is given."""
        image = image or make_image()
        for content in image.blobs:
            self.push_blob(repository, content)
        answer = self.push_manifest(repository, reference or image.digest, image.content, image.media_type)
        assert answer.status == 201, answer
        return image

    def pull(self, repository: str, reference: str, **options: Any) -> Answer:
        return self.call("GET", f"/v2/{repository}/manifests/{reference}", **options)

    def delete(self, repository: str, reference: str) -> Answer:
        return self.call("DELETE", f"/v2/{repository}/manifests/{reference}")

    def blob(self, repository: str, digest: str, method: str = "GET", **headers: str) -> Answer:
        return self.call(
            method, f"/v2/{repository}/blobs/{digest}", headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def tags(self, repository: str, query: str = "") -> Answer:
        return self.call("GET", f"/v2/{repository}/tags/list{query}")

    def referrers(self, repository: str, digest: str, query: str = "") -> Answer:
        return self.call("GET", f"/v2/{repository}/referrers/{digest}{query}")

    def pages(self, target: str, key: str) -> list[list[Any]]:
        """Follow `Link` from page to page."""
        found: list[list[Any]] = []
        following: str | None = target
        while following is not None:
            answer = self.call("GET", following)
            assert answer.status == 200, answer
            found.append(answer.json[key])
            link = answer.get("link")
            if link is not None:
                assert link.startswith("</v2/")
                assert link.endswith('>; rel="next"')
            following = None if link is None else link[1:].partition(">")[0]
        return found


def basic(username: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
