"""Push made-up images in every way that the protocol has, and remember what the server said yes to."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from tests.reliability.wire import Answer, Wire
from tests.services.images import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST

KIB = 1024
# Small enough to be stored in one step, on the border of it, and large enough to be streamed.
SIZES = (0, 1, 4 * KIB, 9 * KIB, 60 * KIB, 64 * KIB + 1, 200 * KIB, 500 * KIB, 1024 * KIB, 1024 * KIB + 1, 3 * 1024 * KIB)
WAYS = ("post", "monolithic", "chunked", "streamed", "streamed-put")


@dataclass(frozen=True, slots=True)
class Blob:
    """Content that a seed determines, so that it need not be kept for the comparison."""

    seed: str
    size: int

    def content(self) -> bytes:
        return random.Random(self.seed).randbytes(self.size)

    def digest(self) -> str:
        return sha256(self.content())


@dataclass(slots=True)
class Ledger:
    """What was answered 201: it has to be there, byte for byte, whatever happens afterwards."""

    blobs: dict[tuple[str, str], Blob] = field(default_factory=dict)  # by repository and digest
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)  # by repository and digest
    tags: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # digests of yes and of no answer, by repository and tag
    tagged: set[tuple[str, str]] = field(default_factory=set)  # tags of which at least one push was answered
    interrupted: list[tuple[str, str, Blob]] = field(default_factory=list)  # repository, location, content
    left: int = 0  # answers until `reached` is set
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def call_after(self, answers: int) -> asyncio.Event:
        """An event that is set after so many further answers of 201."""
        self.left, self.reached = answers, asyncio.Event()
        return self.reached

    def add_blob(self, repository: str, blob: Blob, digest: str) -> None:
        """The blob was answered 201."""
        self.blobs[repository, digest] = blob
        self._count()

    def add_manifest(self, image: "Image", content: bytes) -> None:
        """The manifest was answered 201."""
        self.manifests[image.repository, sha256(content)] = content
        self.tagged.add((image.repository, image.tag))
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.reached.set()


@dataclass(frozen=True, slots=True)
class Image:
    """Config and layers under a tag."""

    repository: str
    tag: str
    blobs: tuple[Blob, ...]

    def manifest(self) -> bytes:
        described = [
            {"mediaType": OCI_CONFIG if number == 0 else OCI_LAYER, "digest": blob.digest(), "size": blob.size}
            for number, blob in enumerate(self.blobs)
        ]
        value = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described[0], "layers": described[1:]}
        return json.dumps({**value, "annotations": {"seed": self.blobs[0].seed}}).encode()


def make_image(chance: random.Random, repository: str, tag: str, *, name: str, sizes: tuple[int, ...] = SIZES) -> Image:
    """An image of two to five blobs, of which some are shared with other images of the same `chance`."""
    layers = []
    for number in range(chance.randint(1, 4)):
        size = chance.choice(sizes)
        shared = chance.random() < 0.3
        layers.append(Blob(f"shared-{size}-{chance.randint(0, 3)}" if shared else f"{name}-{number}", size))
    return Image(repository, tag, (Blob(f"{name}-config", 200 + len(layers)), *layers))


async def push_image(wire: Wire, image: Image, chance: random.Random, ledger: Ledger) -> None:
    """Push blobs and manifest. What is answered 201 goes to the ledger at once. Raises ConnectionLost in the middle of anything."""
    for blob in image.blobs:
        await push_blob(wire, image.repository, blob, chance.choice(WAYS), ledger)
    await push_manifest(wire, image, ledger)


async def push_manifest(wire: Wire, image: Image, ledger: Ledger) -> Answer:
    """Push the manifest by its tag."""
    content = image.manifest()
    ledger.tags.setdefault((image.repository, image.tag), set()).add(sha256(content))
    answer = await wire.request("PUT", f"/v2/{image.repository}/manifests/{image.tag}", {"Content-Type": OCI_MANIFEST}, content)
    if answer.status == 201:
        ledger.add_manifest(image, content)
    return accept(answer, 201)


class Refused(Exception):
    """The server answered, but not yes."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"{answer.status} {answer.body[:300]!r}")


def accept(answer: Answer, status: int) -> Answer:
    """The answer itself. Raises Refused for another status."""
    if answer.status != status:
        raise Refused(answer)
    return answer


async def push_blob(wire: Wire, repository: str, blob: Blob, way: str, ledger: Ledger) -> None:
    """Push a blob in one of WAYS."""
    content = blob.content()
    digest = sha256(content)
    if way == "post":
        answer = await wire.request("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", {}, content)
    else:
        begun = accept(await wire.request("POST", f"/v2/{repository}/blobs/uploads/"), 202)
        location = begun.headers["location"]
        entry = (repository, location, blob)
        ledger.interrupted.append(entry)
        answer = await _send(wire, location, content, digest, way)
        ledger.interrupted.remove(entry)
    accept(answer, 201)
    ledger.add_blob(repository, blob, digest)


async def _send(wire: Wire, location: str, content: bytes, digest: str, way: str) -> Answer:
    final = f"{location}?digest={digest}"
    if way == "monolithic":
        return await wire.request("PUT", final, {}, content)
    if way == "streamed-put":
        return await wire.request("PUT", final, {}, stream(content))
    if way == "streamed":
        accept(await wire.request("PATCH", location, {}, stream(content)), 202)
    else:
        for start, piece in chunks(content):
            accept(await wire.request("PATCH", location, {"Content-Range": f"{start}-{start + len(piece) - 1}"}, piece), 202)
    return await wire.request("PUT", final)


def chunks(content: bytes, size: int = 400 * KIB) -> Iterator[tuple[int, bytes]]:
    """(offset, piece) of a chunked upload."""
    for start in range(0, len(content), size):
        yield start, content[start : start + size]


async def stream(content: bytes, size: int = 64 * KIB) -> AsyncIterator[bytes]:
    """The content in pieces."""
    for _, piece in chunks(content, size):
        yield piece


async def resume_upload(wire: Wire, repository: str, location: str, blob: Blob, ledger: Ledger) -> str:
    """Go on with an upload that broke off: `resumed`, or `finished` when its blob is there.

    `busy` while the server has not noticed yet that the first connection is gone, `lost` when the upload has to begin anew.
    """
    content = blob.content()
    digest = sha256(content)
    shown = await wire.request("GET", location)
    if shown.status == 404:
        found = await wire.request("HEAD", f"/v2/{repository}/blobs/{digest}")
        return "finished" if found.status == 200 else "lost"
    accept(shown, 204)
    last = int(shown.headers["range"].partition("-")[2])
    start = last + 1 if last else await _first_byte(wire, location, content)
    if start is None:
        return "busy"
    for offset, piece in chunks(content[start:]):
        first = start + offset
        answer = await wire.request("PATCH", location, {"Content-Range": f"{first}-{first + len(piece) - 1}"}, piece)
        if answer.status in {409, 416} and offset == 0:
            return "busy"
        accept(answer, 202)
    answer = await wire.request("PUT", f"{location}?digest={digest}")
    if answer.status == 404:
        return "lost"
    accept(answer, 201)
    ledger.add_blob(repository, blob, digest)
    return "resumed"


async def _first_byte(wire: Wire, location: str, content: bytes) -> int | None:
    """`Range: 0-0` stands for no byte as well as for one; a chunk tells which. How many bytes are there then; None while it is busy."""
    if not content:
        return 0
    answer = await wire.request("PATCH", location, {"Content-Range": "0-0"}, content[:1])
    if answer.status not in {202, 409, 416}:
        raise Refused(answer)
    return None if answer.status == 409 else int(answer.headers["range"].partition("-")[2]) + 1


def sha256(content: bytes) -> str:
    """The digest of the content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
