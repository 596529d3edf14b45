"""What a server process uses: memory, files, threads, and how that is kept in bounds."""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.wire import Wire

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one process, from /proc."""

    files: int
    threads: int
    rss_bytes: int
    peak_bytes: int

    @classmethod
    def of(cls, pid: int) -> "Usage":
        folder = Path("/proc") / str(pid)
        fields = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        sizes = {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}
        return cls(len(list((folder / "fd").iterdir())), int(fields["Threads"]), sizes["VmRSS"], sizes["VmHWM"])


def await_files(pid: int, most: int, *, seconds: float = 20) -> Usage:
    """The usage as soon as the process has at most so many files open. Raises AssertionError when that never comes."""
    end = time.monotonic() + seconds
    while (usage := Usage.of(pid)).files > most:
        assert time.monotonic() < end, f"{usage.files} files are open, {most} were expected"
        time.sleep(0.05)
    return usage


@dataclass(frozen=True, slots=True)
class LargeBlob:
    """Content of many MiB that is never held as a whole."""

    mebibytes: int

    async def pieces(self) -> AsyncIterator[bytes]:
        block = random.Random(self.mebibytes).randbytes(MIB - 8)
        for number in range(self.mebibytes):
            yield number.to_bytes(8, "big") + block

    async def digest(self) -> str:
        running = hashlib.sha256()
        async for piece in self.pieces():
            running.update(piece)
        return f"sha256:{running.hexdigest()}"


async def push_large(wire: Wire, repository: str, blob: LargeBlob) -> str:
    """Stream the blob in one PATCH; its digest."""
    digest = await blob.digest()
    location = (await wire.request("POST", f"/v2/{repository}/blobs/uploads/")).require(202).headers["location"]
    (await wire.request("PATCH", location, {}, blob.pieces())).require(202)
    (await wire.request("PUT", f"{location}?digest={digest}")).require(201)
    return digest


async def pull_at_once(port: int, token: str, repository: str, digest: str, *, times: int) -> None:
    """Pull a blob several times at once; the first pull is compared."""

    async def pull(number: int) -> None:
        running = hashlib.sha256()
        async with Wire(port, token=token) as wire:
            await wire.download(f"/v2/{repository}/blobs/{digest}", running.update if number == 0 else len)
        assert number or f"sha256:{running.hexdigest()}" == digest

    await asyncio.gather(*(pull(number) for number in range(times)))


async def check_memory(port: int, pid: int, token: str, repository: str, blob: LargeBlob, *, pulls: int) -> tuple[int, int]:
    """How many bytes the peak of memory rose by pushing, and by pulling at once."""
    async with Wire(port, token=token) as wire:
        await push_large(wire, repository, LargeBlob(8))  # warms up
        before = Usage.of(pid).peak_bytes
        digest = await push_large(wire, repository, blob)
    pushed = Usage.of(pid).peak_bytes
    await pull_at_once(port, token, repository, digest, times=pulls)
    return pushed - before, Usage.of(pid).peak_bytes - pushed
