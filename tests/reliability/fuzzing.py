"""Send odd requests to a real server: whatever it is told, it answers, in the registry's own form, and never with a 5xx."""

import asyncio
import random
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.reliability.odd_requests import Known, OddRequest, deep, odd_manifest_pushes, odd_requests
from tests.reliability.push import Blob, Image, Ledger, push_image
from tests.reliability.verify import check_things, things_of
from tests.reliability.wire import Answer, Wire, fetch_token
from tests.services.images import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST
from tests.services.server import PASSWORD, PierheadServer

REPOSITORY = "ada/app"
_UNREADABLE = b"Invalid HTTP request received."  # what the HTTP server says to bytes that are no request


class Fuzzer:
    """A server with one image, and one event loop for all examples."""

    def __init__(self, server: PierheadServer) -> None:
        self._server = server
        self._runner = asyncio.Runner()
        self._ledger = Ledger()
        self._known = self._runner.run(self._prepare())
        self._wire = Wire(server.port)

    def close(self) -> None:
        """Close connection and loop."""
        self._wire.close()
        self._runner.close()

    def run(self, examples: int, *, chance_seed: int | None = None) -> None:
        """Half as many odd manifests as other odd requests. Raises AssertionError with the request that was answered wrongly."""
        self._try_many(odd_requests(self._known), examples, chance_seed)
        self._try_many(odd_manifest_pushes(self._known), examples // 2, chance_seed)
        for request in large_manifests(self._known):
            self.send(request)
        self.check_all_is_well()

    def check_all_is_well(self) -> None:
        """What was stored before is there, and the log knows of no failure."""
        token = self._runner.run(self._token())
        self._runner.run(check_things(self._server.port, token, self._ledger, things_of(self._ledger)))
        log = self._server.log_text()
        assert "request failed" not in log, self._server.log_tail()
        assert "Traceback" not in log, self._server.log_tail()

    def send(self, request: OddRequest) -> Answer:
        """Send it and judge the answer."""
        answer = self._runner.run(self._wire.request(request.method, request.target, request.headers, request.body))
        judge(request, answer)
        return answer

    def _try_many(self, requests: st.SearchStrategy[OddRequest], examples: int, chance_seed: int | None) -> None:
        def send(request: OddRequest) -> None:
            self.send(request)

        limits = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            derandomize=chance_seed is None,
        )
        attempt: Callable[[], None] = limits(given(request=requests)(send))
        (seed(chance_seed)(attempt) if chance_seed is not None else attempt)()

    async def _token(self) -> str:
        return await fetch_token(self._server.port, "ada", PASSWORD, f"repository:{REPOSITORY}:pull,push")

    async def _prepare(self) -> Known:
        token = await self._token()
        # The image is deleted by some odd request sooner or later, so what must stay lies in a repository that the token does not reach.
        kept = await fetch_token(self._server.port, "ada", PASSWORD, "repository:ada/kept:pull,push")
        image = Image(REPOSITORY, "v1", (Blob("config", 200), Blob("layer", 5000)))
        async with Wire(self._server.port, token=kept) as wire:
            await push_image(wire, Image("ada/kept", "v1", image.blobs), random.Random(1), Ledger())
        async with Wire(self._server.port, token=token) as wire:
            await push_image(wire, image, random.Random(1), Ledger())
            upload = (await wire.request("POST", f"/v2/{REPOSITORY}/blobs/uploads/")).require(202).headers["docker-upload-uuid"]
        return Known(REPOSITORY, "v1", tuple(blob.digest() for blob in image.blobs), upload, token)


def judge(request: OddRequest, answer: Answer) -> None:
    """Raises AssertionError when the answer is none that a client could understand."""
    where = f"{request.method} {request.target[:300]} {request.headers} {request.body[:300]!r} -> {answer.status} {answer.body[:300]!r}"
    assert answer.status < 500, where
    if "x-request-id" not in answer.headers:
        # A request line of more than 64 KiB gets no further than the HTTP server.
        assert answer.status == 400, where
        assert answer.body == (b"" if request.method == "HEAD" else _UNREADABLE), where
        return
    if answer.status >= 400 and request.method != "HEAD":
        errors = answer.json["errors"]
        assert errors, where
        assert all(set(error) >= {"code", "message"} for error in errors), where


def large_manifests(known: Known) -> list[OddRequest]:
    """Manifests near and beyond the largest size, and deeply nested ones."""
    limit = 4 * 1024 * 1024
    config = f'{{"mediaType":"{OCI_CONFIG}","digest":"{known.digests[0]}","size":200}}'
    layer = f'{{"mediaType":"{OCI_CONFIG}","digest":"{known.digests[1]}","size":5000}},'
    head = f'{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{config},"layers":['.encode()
    filled = head + b'],"annotations":{"a":"%b"}}'
    bodies = (
        filled % (b"x" * (limit - len(filled) + 2)),
        filled % (b"x" * limit),
        head + (layer * 9999).encode()[:-1] + b"]}",
        head + (layer * 20_000).encode()[:-1] + b"]}",
        head + b"]," + b'"x":' + deep(b"[", b"]", limit // 2) + b"}",
        head + b"]," + b'"x":' + deep(b'{"a":', b"}", limit // 2) + b"}",
        head + b'],"subject":' + deep(b'{"subject":', b"}", limit // 2) + b"}",
        b'{"a":1,' * 500_000,
        b"\x00" * limit,
    )
    target = f"/v2/{known.repository}/manifests/large"
    headers = {"Authorization": f"Bearer {known.token}"}
    pushes = [OddRequest("PUT", target, {**headers, "Content-Type": OCI_MANIFEST}, body) for body in bodies]
    children = ",".join(f'{{"mediaType":"{OCI_MANIFEST}","digest":"sha256:{number:064x}","size":1}}' for number in range(9000))
    index = f'{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{children}]}}'.encode()
    return [*pushes, OddRequest("PUT", target, {**headers, "Content-Type": OCI_INDEX}, index)]
