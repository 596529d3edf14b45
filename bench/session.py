"""What the phases of one registry share: its target, the load, and the content that earlier phases left there."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.authentication import Authenticator
from bench.content import ACCEPT, OCI_MANIFEST, BigBlob, Image, digest_of
from bench.crowd import Crowd, Job
from bench.load import Load
from bench.measuring import Measurement, Meter, with_latencies
from bench.processes import reset_peaks
from bench.targets import Caller, Target
from bench.wire import Connection, Endpoint, with_digest
from bench.wrk import run_wrk

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a server: seconds until it answered, CPU seconds until then, MiB in memory afterwards."""

    seconds: float
    cpu_seconds: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class StartPair:
    """A start on an empty folder and a second one on what the first left."""

    fresh: Start
    again: Start


class Session:
    """One registry under measurement."""

    def __init__(self, target: Target, load: Load, big: BigBlob, try_start: Callable[[], StartPair] | None = None) -> None:
        self.target = target
        self.load = load
        self.big = big
        self.try_start = try_start
        self.authenticator = Authenticator(Endpoint.of(target.base), target.account, target.authentication)
        self.caller = self.caller_to(target.repository)
        self.meter = Meter(target.pids, target.extra_pids)
        self.big_digest: str | None = None
        self.mountable: list[str] = []
        self.tags_filled = 0
        self.has_referrers = False
        self._image: Image | None = None
        self._latest: bytes | None = None

    def caller_to(self, repository: str, *others: str) -> Caller:
        return Caller.to(self.target, self.authenticator, repository, *others)

    def begin_phase(self) -> None:
        """Fresh tokens, and peaks of memory that belong to the phase."""
        self.authenticator.forget()
        reset_peaks(self.target.pids)

    def image(self) -> Image:
        """An image whose config and layer the repository holds."""
        if self._image is None:
            image = Image.make()
            with self.caller.connect() as connection:
                push_blob(self.caller, connection, image.config)
                push_blob(self.caller, connection, image.layer)
            self._image = image
        return self._image

    def latest(self) -> bytes:
        """The manifest that the tag `latest` of the repository points at."""
        if self._latest is None:
            manifest = self.image().manifest("latest")
            with self.caller.connect() as connection:
                push_manifest(self.caller, connection, "latest", manifest)
            self._latest = manifest
        return self._latest

    def measure_get(self, path: str, accept: str = "*/*") -> Measurement:
        """Rate and cost of GET on one path, by wrk."""
        headers = {"Accept": accept}
        if authorization := self.caller.authorization:
            headers["Authorization"] = authorization
        reports = []

        def work() -> float:
            report = run_wrk(self.target.base + path, headers, connections=self.load.connections, seconds=self.load.seconds)
            reports.append(report)
            return report.requests

        measurement = self.meter.measure("GET", work)
        report = reports[0]
        notes = {"late": report.late} if report.late else {}
        return replace(measurement, p50_ms=report.p50_ms, p99_ms=report.p99_ms, errors=report.errors, notes=notes)

    def measure_crowd(self, unit: str, jobs: list[Job], repository: Caller | None = None) -> Measurement:
        """Rate and cost of jobs over the connections for pushes."""
        crowd = Crowd((repository or self.caller).endpoint, jobs, self.load.push_connections)

        def work() -> float:
            crowd.run()
            return len(crowd.seconds)

        return with_latencies(self.meter.measure(unit, work), crowd.seconds, crowd.errors)

    def push_small_blobs(self, count: int) -> Measurement:
        """Push `count` blobs of 4 KiB that are new; they can be mounted elsewhere afterwards."""
        blobs = [os.urandom(4096) for _ in range(count)]
        measurement = self.measure_crowd("blob", [blob_job(self.caller, blob) for blob in blobs])
        self.mountable += [digest_of(blob) for blob in blobs]
        return measurement


def push_blob(caller: Caller, connection: Connection, data: bytes) -> str:
    """Push a small blob by POST and PUT; returns its digest."""
    digest = digest_of(data)
    opened = connection.ask(caller.request("POST", caller.path("blobs/uploads/"), length=0)).require(202)
    connection.ask(caller.request("PUT", with_digest(opened.location, digest), body=data, Content_Type=OCTETS)).require(201)
    return digest


def push_manifest(caller: Caller, connection: Connection, reference: str, manifest: bytes) -> None:
    """Push a manifest by tag or digest."""
    path = caller.path(f"manifests/{reference}")
    connection.ask(caller.request("PUT", path, body=manifest, Content_Type=OCI_MANIFEST)).require(201)


def blob_job(caller: Caller, data: bytes) -> Job:
    """Push one blob: POST, then PUT with the bytes."""
    digest = digest_of(data)
    opened = yield caller.request("POST", caller.path("blobs/uploads/"), length=0)
    if opened.status != 202:
        return f"POST {opened.status}"
    ended = yield caller.request("PUT", with_digest(opened.location, digest), body=data, Content_Type=OCTETS)
    return None if ended.status == 201 else f"PUT {ended.status}"


def manifest_job(caller: Caller, reference: str, manifest: bytes) -> Job:
    """Push one manifest."""
    answer = yield caller.request("PUT", caller.path(f"manifests/{reference}"), body=manifest, Content_Type=OCI_MANIFEST)
    return None if answer.status == 201 else f"PUT {answer.status}"


def get_request(caller: Caller, path: str, method: str = "GET") -> bytes:
    """A GET or HEAD that takes whatever the registry has."""
    return caller.request(method, path, Accept=ACCEPT)
