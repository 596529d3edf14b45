"""buildah: images from scratch and from Containerfiles, pushed and pulled."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture
def buildah_in(buildah: Client, server: PierheadServer, owner: Account) -> Client:
    """buildah, logged in as the owner."""
    buildah.run("login", "--tls-verify=false", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return buildah


@pytest.fixture
def container(buildah_in: Client) -> Iterator[str]:
    """An empty working container."""
    made = buildah_in.run("from", "scratch").strip()
    yield made
    buildah_in.run("rm", made)


def test_buildah_is_told_that_the_password_is_wrong(buildah: Client, server: PierheadServer, owner: Account) -> None:
    said = buildah.fail("login", "--tls-verify=false", "-u", owner.name, "--password-stdin", server.address, given="not the password")
    assert "invalid username/password" in said


def test_buildah_pushes_an_image_made_from_scratch(
    buildah_in: Client, container: str, name: str, tmp_path: Path, registry: Registry, repository: str
) -> None:
    (tmp_path / "content").write_text("hello\n")
    buildah_in.run("add", container, tmp_path / "content", "/content")
    buildah_in.run("config", "--label", "org.example.made-by=buildah", container)

    buildah_in.run("commit", "-q", container, f"{name}:v1")
    buildah_in.run("push", "-q", f"{name}:v1", f"docker://{name}:v1")

    assert registry.tags(repository) == ["v1"]
    buildah_in.run("rmi", "-f", f"{name}:v1")
    buildah_in.run("pull", "-q", f"{name}:v1")
    seen = json.loads(buildah_in.run("inspect", "--type", "image", f"{name}:v1"))
    assert seen["OCIv1"]["config"]["Labels"]["org.example.made-by"] == "buildah"


def test_buildah_builds_on_an_image_of_the_registry(
    buildah_in: Client, images: ImageLayout, name: str, skopeo: Client, owner: Account, tmp_path: Path
) -> None:
    skopeo.run("copy", "--dest-creds", owner.credentials, images.reference("busybox"), f"docker://{name}:base")
    (tmp_path / "Containerfile").write_text(f"FROM {name}:base\nRUN echo built > /result\n")

    buildah_in.run(
        "bud", "-q", "--isolation", "chroot", "--network", "host", "-t", f"{name}:v1", "-f", tmp_path / "Containerfile", tmp_path
    )
    buildah_in.run("push", "-q", f"{name}:v1", f"docker://{name}:v1")

    raw = json.loads(skopeo.run("inspect", "--raw", "--creds", owner.credentials, f"docker://{name}:v1"))
    assert len(raw["layers"]) == 2
