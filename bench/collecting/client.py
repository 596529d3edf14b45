"""A client that pushes as clients do: it asks what is there, sends what is missing, and then the manifest."""

import hashlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.authentication import Account, Authenticator
from bench.collecting.content import Artifact, Layer, Manifest
from bench.wire import Answer, Connection, Endpoint, with_digest

OCTETS = "application/octet-stream"
MONOLITHIC_BYTES = 1 << 20
PUSH_ATTEMPTS = 50
IDLE_SECONDS = 2.0  # after which a server may have closed a connection


class Failed(Exception):
    """The registry answered something that it must not answer."""


class TooSlow(Exception):
    """The client took longer between asking and referring than the registry keeps what it told."""


@dataclass(slots=True)
class Tally:
    """What one actor did."""

    requests: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    pushed_bytes: int = 0
    pulled_bytes: int = 0
    late: int = 0
    put_seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Client:
    """One connection with a token for all repositories."""

    def __init__(
        self, endpoint: Endpoint, account: Account, repositories: tuple[str, ...], *, grace_seconds: float, chance: random.Random
    ) -> None:
        self.tally = Tally()
        self._endpoint = endpoint
        self._authenticator = Authenticator(endpoint, account)
        self._repositories = repositories
        self._grace_seconds = grace_seconds
        self._chance = chance
        self._connection = Connection(endpoint)
        self._used = time.monotonic()

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = OCTETS) -> Answer:
        """Send a request and read the answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._endpoint.authority}"]
        lines.append(f"Authorization: {self._authenticator.header(self._repositories)}")
        if method in ("POST", "PUT", "PATCH"):
            lines += [f"Content-Length: {len(body)}", f"Content-Type: {content_type}"]
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()
            self._connection = Connection(self._endpoint)
        self._connection.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        answer = self._connection.read_answer(bodiless=method == "HEAD")
        self._used = time.monotonic()
        self.tally.requests[f"{method} {answer.status}"] += 1
        return answer

    def push(self, repository: str, tag: str, artifact: Artifact) -> None:
        """Push everything that is missing, and the tag last but for referrers. Raises Failed."""
        for _ in range(PUSH_ATTEMPTS):
            try:
                self._push(repository, tag, artifact)
            except TooSlow:
                self.tally.late += 1
                continue
            return
        raise Failed(f"{repository}:{tag} could not be pushed in {PUSH_ATTEMPTS} attempts")

    def pull(self, repository: str, reference: str, artifact: Artifact) -> None:
        """Pull everything and compare it, the root by the reference. Raises Failed."""
        for manifest in artifact.manifests:
            place = reference if manifest is artifact.root else manifest.digest
            answer = self.require(self.ask("GET", f"/v2/{repository}/manifests/{place}"), f"pull {repository}@{place}", 200)
            if answer.body != manifest.content:
                raise Failed(f"{repository}@{place} is another manifest")
            self.tally.pulled_bytes += len(answer.body)
        for digest in artifact.blobs:
            answer = self.require(self.ask("GET", f"/v2/{repository}/blobs/{digest}"), f"pull {repository} {digest}", 200)
            if f"sha256:{hashlib.sha256(answer.body).hexdigest()}" != digest:
                raise Failed(f"{digest} of {repository} has other bytes")
            self.tally.pulled_bytes += len(answer.body)

    def delete_tag(self, repository: str, tag: str) -> None:
        """End the tag. Raises Failed."""
        self.require(self.ask("DELETE", f"/v2/{repository}/manifests/{tag}"), f"delete {repository}:{tag}", 202)

    @staticmethod
    def require(answer: Answer, what: str, *statuses: int) -> Answer:
        """The answer. Raises Failed for another status."""
        if answer.status not in statuses:
            raise Failed(f"{what}: {answer.status} {answer.body[:300]!r}")
        return answer

    def _push(self, repository: str, tag: str, artifact: Artifact) -> None:
        began = time.monotonic()
        for manifest in artifact.manifests:
            if manifest is not artifact.root and self.ask("HEAD", f"/v2/{repository}/manifests/{manifest.digest}").status == 200:
                continue
            for blob in manifest.blobs:
                self._push_blob(repository, blob)
            self._push_manifest(repository, tag if manifest is artifact.root else manifest.digest, manifest, began)
        # A list is taken without its children, so a slow client has to look whether they are still there.
        for child in artifact.children:
            if self.ask("HEAD", f"/v2/{repository}/manifests/{child.digest}").status != 200:
                if time.monotonic() - began > self._grace_seconds:
                    raise TooSlow
                raise Failed(f"{repository}@{child.digest} vanished under its list")

    def _push_manifest(self, repository: str, reference: str, manifest: Manifest, began: float) -> None:
        sent = time.monotonic()
        answer = self.ask("PUT", f"/v2/{repository}/manifests/{reference}", manifest.content, manifest.media_type)
        self.tally.put_seconds.append(time.monotonic() - sent)
        if answer.status == 404 and time.monotonic() - began > self._grace_seconds:
            raise TooSlow
        self.require(answer, f"push {repository}:{reference}", 201)
        self.tally.pushed_bytes += len(manifest.content)

    def _push_blob(self, repository: str, blob: Layer) -> None:
        place = f"/v2/{repository}/blobs/uploads/"
        if self.require(self.ask("HEAD", f"/v2/{repository}/blobs/{blob.digest}"), "look at a blob", 200, 404).status == 200:
            return
        if self._chance.random() < 0.3:
            source = self._chance.choice(self._repositories)
            answer = self.ask("POST", f"{place}?mount={blob.digest}&from={source}")
            if self.require(answer, "mount", 201, 202).status == 201:
                return
            self._send_blob(answer.location, blob)
        elif blob.size <= MONOLITHIC_BYTES and self._chance.random() < 0.5:
            self.require(self.ask("POST", with_digest(place, blob.digest), blob.content), "push a blob", 201)
        else:
            self._send_blob(self.require(self.ask("POST", place), "start an upload", 202).location, blob)
        self.tally.pushed_bytes += blob.size

    def _send_blob(self, location: str, blob: Layer) -> None:
        if self._chance.random() < 0.5:
            location = self.require(self.ask("PATCH", location, blob.content), "send a chunk", 202).location
            self.require(self.ask("PUT", with_digest(location, blob.digest)), "finish an upload", 201)
        else:
            self.require(self.ask("PUT", with_digest(location, blob.digest), blob.content), "push a blob", 201)
