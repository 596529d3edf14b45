"""Squashed images with the clients that load them: docker, podman, skopeo, containerd (specification S7)."""

import base64
import hashlib
import http.client
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import ManagementSession, Registry
from tests.services.containerd import Containerd
from tests.services.images import ImageLayout, pack_busybox, pack_files
from tests.services.server import PierheadServer
from tests.services.tools import require_tool

_READ_SECONDS = 60.0


@pytest.fixture(scope="session")
def layered(tmp_path_factory: pytest.TempPathFactory) -> ImageLayout:
    """`app`: busybox below, and layers that change, hide and link what is there; it prints what is left."""
    layout = ImageLayout(tmp_path_factory.mktemp("layered") / "layout")
    script = b"#!/bin/sh\ncat /data/kept /data/changed; ls /data; readlink /bin/sh\n"
    layers = [
        pack_busybox(),
        pack_files({"data/kept": b"kept\n", "data/changed": b"old\n", "data/hidden": b"hidden\n", "go": script}, executable=["go"]),
        pack_files({"data/changed": b"new\n", "data/.wh.hidden": b""}),
    ]
    layout.add_image(*layers, tag="app", command=("/go",), labels={"org.example.name": "app"})
    return layout


_PRINTED = "kept\nnew\nchanged\nkept\nbusybox\n"


@pytest.fixture
def pushed(skopeo: Client, layered: ImageLayout, owner: Account, name: str) -> str:
    """The image in the test's repository as `v1`."""
    skopeo.run("copy", "--dest-tls-verify=false", "--dest-creds", owner.credentials, layered.reference("app"), f"docker://{name}:v1")
    return f"{name}:v1.squash"


@pytest.fixture
def archive(pushed: str, registry: Registry, repository: str, tmp_path: Path) -> Path:
    """The squashed image as a file."""
    answer = registry.get(f"/c1/squash/{repository}/v1")
    assert answer.status == 200, answer.body[:500]
    file = tmp_path / "squashed.tar"
    file.write_bytes(answer.body)
    return file


def test_s7_8_docker_loads_and_runs_what_curl_streams(
    docker: Client, server: PierheadServer, owner: Account, pushed: str, repository: str
) -> None:
    """Also S7.12: the very command that the server offers, in a shell."""
    require_tool("curl", package="Debian: curl")
    session = ManagementSession(server.url, owner)
    robot = session.create_robot("squasher")
    session.grant(repository, robot, "read")
    fetch = session.get(f"/api/v1/repository/{repository}/tag/v1/fetch?robot={quote(robot.name)}").json()
    (squash,) = [form for form in fetch["formats"] if form["name"] == "squash"]

    for line in (squash["command"], squash["command_with_option"]):
        shell = Client(require_tool("sh", package="Debian: dash"), docker.home, docker.environment, ("-c",))
        assert f"Loaded image: {pushed}" in shell.run(line)

    assert docker.run("run", "--rm", "--network", "none", pushed) == _PRINTED
    (inspected,) = json.loads(docker.run("image", "inspect", pushed))
    assert len(inspected["RootFS"]["Layers"]) == 1
    assert (inspected["Config"]["Cmd"], inspected["Config"]["Labels"]) == (["/go"], {"org.example.name": "app"})


def test_podman_loads_and_runs_it(podman: Client, pushed: str, archive: Path) -> None:
    assert pushed in podman.run("load", "-q", "-i", archive)
    assert podman.run("run", "--rm", "--network", "none", pushed) == _PRINTED


def test_skopeo_reads_it_as_a_docker_archive(skopeo: Client, pushed: str, archive: Path, tmp_path: Path) -> None:
    inspected = json.loads(skopeo.run("inspect", "--config", f"docker-archive:{archive}"))
    assert len(inspected["rootfs"]["diff_ids"]) == 1
    skopeo.run("copy", f"docker-archive:{archive}:{pushed}", f"oci:{tmp_path}/layout:it")
    (layer,) = json.loads(skopeo.run("inspect", f"oci:{tmp_path}/layout:it"))["Layers"]
    assert layer.startswith("sha256:")


@pytest.fixture(scope="session")
def containerd() -> Iterator[Containerd]:
    """A running containerd."""
    service = Containerd()
    try:
        service.start()
        yield service
    finally:
        service.stop()


def test_containerd_imports_it(containerd: Containerd, pushed: str, archive: Path) -> None:
    containerd.control("images", "import", "--no-unpack", str(archive))
    assert pushed in containerd.control("images", "list", "-q")


def test_skopeo_pushes_the_squashed_image_back_and_it_is_the_same(
    skopeo: Client, owner: Account, pushed: str, archive: Path, name: str, registry: Registry, repository: str
) -> None:
    skopeo.run(
        "copy", "--dest-tls-verify=false", "--dest-creds", owner.credentials, f"docker-archive:{archive}:{pushed}", f"docker://{name}:again"
    )
    twice = registry.get(f"/c1/squash/{repository}/again").body
    assert _layer_digest(archive.read_bytes(), archive) == _layer_digest(twice, archive.with_name("twice.tar"))


def _layer_digest(content: bytes, file: Path) -> str:
    file.write_bytes(content)
    with tarfile.open(file) as opened:
        (name,) = [entry for entry in opened.getnames() if entry.endswith("/layer.tar")]
        read = opened.extractfile(name)
        assert read is not None
        return hashlib.sha256(read.read()).hexdigest()


def test_s7_10_the_cached_image_is_resumed_by_curl(
    pushed: str, archive: Path, owner: Account, server: PierheadServer, repository: str
) -> None:
    curl = require_tool("curl", package="Debian: curl")
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 3])
    command = [
        str(curl),
        "-sS",
        "-f",
        "-L",
        "-C",
        "-",
        "-u",
        owner.credentials,
        "-o",
        str(archive),
        f"{server.url}/c1/squash/{repository}/v1",
    ]
    subprocess.run(command, check=True, timeout=60)
    assert archive.read_bytes() == whole


def test_a_client_that_breaks_off_leaves_a_whole_image_in_the_cache(
    pushed: str, owner: Account, server: PierheadServer, registry: Registry, repository: str
) -> None:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    credentials = base64.b64encode(owner.credentials.encode()).decode()
    connection.request("GET", f"/c1/squash/{repository}/v1", headers={"Authorization": f"Basic {credentials}"})
    answer = connection.getresponse()
    assert (answer.status, len(answer.read(1000))) == (200, 1000)
    connection.close()

    whole = registry.get(f"/c1/squash/{repository}/v1")

    assert len(whole.body) == int(whole.headers["content-length"])
    assert registry.get(f"/c1/squash/{repository}/v1").headers["accept-ranges"] == "bytes"


def test_who_has_no_right_gets_nothing(pushed: str, server: PierheadServer, stranger: Account, repository: str) -> None:
    refused = Registry(server.url).get(f"/c1/squash/{repository}/v1")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Basic realm="Pierhead"')
    assert Registry(server.url, stranger).get(f"/c1/squash/{repository}/v1").status == 403


def test_after_a_push_the_layers_are_read_and_the_files_can_be_seen(
    pushed: str, server: PierheadServer, owner: Account, registry: Registry, repository: str
) -> None:
    session = ManagementSession(server.url, owner)
    target = f"/api/v1/repository/{repository}/manifest/{registry.digest(repository, 'v1')}"

    shown = _wait_until_read(session, f"{target}/files?path=/data")

    assert [entry["name"] for entry in shown["entries"]] == ["changed", "kept"]
    assert session.get(f"{target}/file?path=/data/changed").body == b"new\n"


def _wait_until_read(session: ManagementSession, path: str) -> Any:
    end = time.monotonic() + _READ_SECONDS
    while time.monotonic() < end:
        shown = session.get(path).json()
        if shown["status"] != "queued":
            return shown
        time.sleep(0.05)
    raise AssertionError("the layers were not read")
