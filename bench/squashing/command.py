"""`python -m bench squash`: start Pierhead, push an image, fetch it squashed, unpack the same layers with gzip and tar, keep the figures."""

import base64
import hashlib
import http.client
import json
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.content import OCI_MANIFEST
from bench.errors import BenchError
from bench.machine import describe_machine, load_average
from bench.processes import measure_usage, reset_peaks
from bench.servers.base import HOST, RunningServer
from bench.servers.pierhead import USER, PierheadRecipe
from bench.squashing.image import Layer, make_layers, make_manifest
from bench.workspace import open_workspace, require_space

MIB = 1024 * 1024
_REPOSITORY = f"{USER}/squashed"
_PIECE = 256 * 1024
_READ_SECONDS = 600


@dataclass(frozen=True, slots=True)
class SquashPlan:
    """The command line. `sizes_mib` are the sizes of the images when they are unpacked."""

    sizes_mib: tuple[int, ...]
    layers: int
    runs: int
    pierhead: str
    out: Path | None
    workdir: Path | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One download."""

    first_byte_seconds: float
    seconds: float
    cpu_seconds: float
    peak_mib: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What an image of one size came to; medians of the runs."""

    size_mib: int
    files: int
    unpacked_bytes: int
    squashed_bytes: int
    read_cpu_seconds: float
    squash_cpu_seconds: float
    squash_seconds: float
    first_byte_seconds: float
    slowest_first_byte_seconds: float
    cached_cpu_seconds: float
    cached_seconds: float
    unpack_cpu_seconds: float
    list_cpu_seconds: float
    rest_mib: float
    peak_mib: float

    @property
    def ratio(self) -> float:
        """CPU of making the squashed image for each second of `gzip -dc | tar -x`."""
        return self.squash_cpu_seconds / self.unpack_cpu_seconds


def measure_squash(plan: SquashPlan, command: str) -> list[Figures]:
    """Measure every size and write `out`.json and `out`.md."""
    with open_workspace(plan.workdir) as folder:
        require_space(folder, (5 + plan.runs) * sum(plan.sizes_mib) * MIB)
        facts: dict[str, object] = {
            "command": command,
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(folder).as_json(),
            "load_before": load_average(),
            "runs": plan.runs,
            "layers": plan.layers,
        }
        figures = [_measure(plan, folder / str(size), size) for size in plan.sizes_mib]
    page = render(facts, figures)
    print(page)
    if plan.out is not None:
        plan.out.parent.mkdir(parents=True, exist_ok=True)
        kept = {**facts, "figures": [{**asdict(each), "ratio": each.ratio} for each in figures]}
        plan.out.with_name(plan.out.name + ".json").write_text(json.dumps(kept, indent=1) + "\n")
        plan.out.with_name(plan.out.name + ".md").write_text(f"# Squashed images {plan.out.name}\n\n{page}")
    return figures


def _measure(plan: SquashPlan, folder: Path, size_mib: int) -> Figures:
    folder.mkdir()
    _say(f"making {plan.layers} layers of {size_mib} MiB together")
    layers = make_layers(folder, size_mib * MIB, plan.layers)
    with ExitStack() as stack:
        recipe = PierheadRecipe("pierhead", plan.pierhead, settings={})
        server = RunningServer(recipe, folder / "pierhead")
        server.install()
        stack.callback(server.stop)
        server.start()
        recipe.create_account(server.home)
        client = _Client(server, recipe)
        tags = [f"run-{number}" for number in range(plan.runs)]
        rest = measure_usage((server.pid,))
        client.push(layers, tags)
        client.wait_until_read(len(layers))
        read_cpu = measure_usage((server.pid,)).cpu_seconds - rest.cpu_seconds
        first = [client.fetch(tag) for tag in tags]
        cached = [client.fetch(tag) for tag in tags]
        _say(f"squashed: {[round(each.cpu_seconds, 2) for each in first]} s of CPU")
    unpacked = [_unpack(layers, folder / "unpacked", list_only=False) for _ in range(plan.runs)]
    listed = [_unpack(layers, folder / "unpacked", list_only=True) for _ in range(plan.runs)]
    shutil.rmtree(folder, ignore_errors=True)
    return Figures(
        size_mib,
        sum(layer.files for layer in layers),
        sum(layer.unpacked_bytes for layer in layers),
        first[0].size_bytes,
        read_cpu,
        statistics.median(each.cpu_seconds for each in first),
        statistics.median(each.seconds for each in first),
        statistics.median(each.first_byte_seconds for each in first),
        max(each.first_byte_seconds for each in first),
        statistics.median(each.cpu_seconds for each in cached),
        statistics.median(each.seconds for each in cached),
        statistics.median(unpacked),
        statistics.median(listed),
        rest.rss_mib,
        max(each.peak_mib for each in first),
    )


class _Client:
    """Pushes to the server and fetches from it."""

    def __init__(self, server: RunningServer, recipe: PierheadRecipe) -> None:
        if recipe.account is None:
            raise BenchError("the server has no account")
        self._server = server
        credentials = base64.b64encode(f"{recipe.account.name}:{recipe.account.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}

    def push(self, layers: list[Layer], tags: list[str]) -> None:
        """The same image under every tag: each tag gives an archive of its own."""
        config, manifest = make_manifest(layers)
        for layer in layers:
            with layer.file.open("rb") as opened:
                self._send("POST", f"/v2/{_REPOSITORY}/blobs/uploads/?digest={layer.digest}", opened, layer.packed_bytes)
        digest = "sha256:" + hashlib.sha256(config).hexdigest()
        self._send("POST", f"/v2/{_REPOSITORY}/blobs/uploads/?digest={digest}", config, len(config))
        for tag in tags:
            self._send("PUT", f"/v2/{_REPOSITORY}/manifests/{tag}", manifest, len(manifest), OCI_MANIFEST)

    def wait_until_read(self, layers: int) -> None:
        """Until the jobs of the push have read every layer."""
        database = self._server.home / "data" / "pierhead.db"
        end = time.monotonic() + _READ_SECONDS
        while time.monotonic() < end:
            connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
            (count,) = connection.execute("SELECT count(*) FROM layer_contents WHERE state = 'ready'").fetchone()
            connection.close()
            if count == layers:
                return
            time.sleep(0.2)
        raise BenchError("the layers were not read; see the server's log")

    def fetch(self, tag: str) -> Fetched:
        """Download the squashed image; the server's CPU goes on until the answer has ended."""
        pids = (self._server.pid,)
        reset_peaks(pids)
        before, began = measure_usage(pids).cpu_seconds, time.perf_counter()
        connection = http.client.HTTPConnection(HOST, self._server.port, timeout=_READ_SECONDS)
        connection.request("GET", f"/c1/squash/{_REPOSITORY}/{tag}", headers=self._headers)
        answer = connection.getresponse()
        size = len(answer.read(1))
        first = time.perf_counter() - began
        buffer = bytearray(_PIECE)
        while count := answer.readinto(buffer):
            size += count
        seconds = time.perf_counter() - began
        connection.close()
        if answer.status != 200 or size != int(answer.headers["content-length"]):
            raise BenchError(f"the squashed image came with status {answer.status} and {size} bytes")
        usage = measure_usage(pids)
        return Fetched(first, seconds, usage.cpu_seconds - before, usage.peak_mib, size)

    def _send(self, method: str, path: str, body: object, size: int, media_type: str = "application/octet-stream") -> None:
        connection = http.client.HTTPConnection(HOST, self._server.port, timeout=_READ_SECONDS)
        headers = {**self._headers, "Content-Length": str(size), "Content-Type": media_type}
        connection.request(method, path, body=body, headers=headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status != 201:
            raise BenchError(f"{method} {path} ended with {answer.status}: {said[:300]!r}")


def _unpack(layers: list[Layer], folder: Path, *, list_only: bool) -> float:
    """CPU seconds of `gzip -dc LAYER | tar` over all layers, one after the other into the same folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for layer in layers:
        with subprocess.Popen(["gzip", "-dc", str(layer.file)], stdout=subprocess.PIPE) as unpacking:
            tar = ["tar", "-tf", "-"] if list_only else ["tar", "-xf", "-", "-C", str(folder)]
            done = subprocess.run(tar, stdin=unpacking.stdout, stdout=subprocess.DEVNULL, check=False)
        if done.returncode or unpacking.returncode:
            raise BenchError("gzip or tar failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def render(facts: dict[str, object], figures: list[Figures]) -> str:
    """The figures for people."""
    rows: list[tuple[str, Callable[[Figures], str]]] = [
        ("image, unpacked", lambda each: f"{each.unpacked_bytes / MIB:.0f} MiB, {each.files} files"),
        ("squashed archive", lambda each: f"{each.squashed_bytes / MIB:.0f} MiB"),
        ("push and reading the layers once, CPU", lambda each: f"{each.read_cpu_seconds:.2f} s"),
        ("first pull: CPU", lambda each: f"**{each.squash_cpu_seconds:.2f} s**"),
        ("`gzip -dc` to `tar -x`, the same layers: CPU", lambda each: f"{each.unpack_cpu_seconds:.2f} s"),
        ("`gzip -dc` to `tar -t`: CPU", lambda each: f"{each.list_cpu_seconds:.2f} s"),
        ("CPU of the first pull / of `gzip -dc` to `tar -x`", lambda each: f"**{each.ratio:.2f}**"),
        ("first pull: time, MiB/s", lambda each: f"{each.squash_seconds:.2f} s, {each.squashed_bytes / MIB / each.squash_seconds:.0f}"),
        (
            "first pull: first byte, the slowest one",
            lambda each: f"**{each.first_byte_seconds * 1000:.0f} ms**, {each.slowest_first_byte_seconds * 1000:.0f} ms",
        ),
        ("later pulls, from the cache: CPU, time", lambda each: f"{each.cached_cpu_seconds:.2f} s, {each.cached_seconds:.2f} s"),
        ("memory at rest, peak during first pulls", lambda each: f"{each.rest_mib:.0f} MiB, **{each.peak_mib:.0f} MiB**"),
    ]
    lines = [
        f"- {facts['started_at']}, load before {facts['load_before']:.1f}, {facts['layers']} layers, median of {facts['runs']} runs",
        f"- Command: `{facts['command']}`",
        "",
        "| | " + " | ".join(f"{each.size_mib} MiB" for each in figures) + " |",
        "|---" * (len(figures) + 1) + "|",
        *(f"| {title} | " + " | ".join(show(each) for each in figures) + " |" for title, show in rows),
    ]
    return "\n".join(lines) + "\n"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
