"""podman: log in, build, push, pull, run, manifest lists."""

import json
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import DOCKER_LIST, OCI_INDEX, OCI_MANIFEST, ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture
def podman_in(podman: Client, server: PierheadServer, owner: Account) -> Client:
    """podman, logged in as the owner."""
    podman.run("login", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return podman


@pytest.fixture
def loaded(podman_in: Client, images: ImageLayout, name: str) -> str:
    """An image in podman's storage as `<name>:v1`; it prints a sentence."""
    digest = podman_in.run("pull", "-q", images.reference("busybox")).strip()
    podman_in.run("tag", digest, f"{name}:v1")
    return f"{name}:v1"


def test_podman_logs_in_and_out(podman: Client, server: PierheadServer, owner: Account) -> None:
    assert "Login Succeeded" in podman.run("login", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    assert podman.run("login", "--get-login", server.address).strip() == owner.name
    assert "Removed login credentials" in podman.run("logout", server.address)


def test_podman_is_told_that_the_password_is_wrong(podman: Client, server: PierheadServer, owner: Account) -> None:
    said = podman.fail("login", "-u", owner.name, "--password-stdin", server.address, given="not the password")
    assert "invalid username/password" in said


def test_podman_pushes_pulls_and_runs_an_image(podman_in: Client, loaded: str) -> None:
    podman_in.run("push", "-q", loaded)
    podman_in.run("rmi", "-f", loaded)

    podman_in.run("pull", "-q", loaded)

    assert podman_in.run("run", "--rm", "--network", "none", loaded).strip() == "it runs"


def test_podman_pushes_in_oci_format(podman_in: Client, loaded: str, registry: Registry, repository: str) -> None:
    podman_in.run("push", "-q", "--format", "oci", loaded)
    answer = registry.get(f"/v2/{repository}/manifests/v1", headers={"Accept": OCI_MANIFEST})
    assert answer.headers["content-type"] == OCI_MANIFEST


def test_podman_pushes_zstd_layers_and_runs_what_it_pulls(podman_in: Client, loaded: str) -> None:
    podman_in.run("push", "-q", "--format", "oci", "--compression-format", "zstd", loaded)
    podman_in.run("rmi", "-f", loaded)
    assert podman_in.run("run", "--rm", "--network", "none", loaded).strip() == "it runs"


def test_podman_pulls_by_digest(podman_in: Client, loaded: str, name: str, registry: Registry, repository: str) -> None:
    podman_in.run("push", "-q", loaded)
    digest = registry.digest(repository, "v1")
    podman_in.run("rmi", "-f", loaded)

    podman_in.run("pull", "-q", f"{name}@{digest}")

    assert f"{name}@{digest}" in json.loads(podman_in.run("image", "inspect", "--format", "{{json .RepoDigests}}", f"{name}@{digest}"))


def test_podman_builds_on_an_image_of_the_registry(podman_in: Client, loaded: str, name: str, tmp_path: Path) -> None:
    podman_in.run("push", "-q", loaded)
    podman_in.run("rmi", "-f", loaded)
    (tmp_path / "Containerfile").write_text(f'FROM {loaded}\nRUN echo built > /result\nCMD ["cat", "/result"]\n')

    podman_in.run("build", "-q", "--network", "none", "-t", f"{name}:v2", "-f", tmp_path / "Containerfile", tmp_path)
    podman_in.run("push", "-q", f"{name}:v2")
    podman_in.run("rmi", "-f", f"{name}:v2")

    assert podman_in.run("run", "--rm", "--network", "none", f"{name}:v2").strip() == "built"


def test_podman_pushes_a_manifest_list(podman_in: Client, images: ImageLayout, name: str, registry: Registry, repository: str) -> None:
    podman_in.run("manifest", "create", f"{name}:many")
    for architecture, image in (("amd64", "one"), ("arm64", "two")):
        podman_in.run("manifest", "add", "--arch", architecture, f"{name}:many", images.reference(image))

    podman_in.run("manifest", "push", "--all", f"{name}:many", f"docker://{name}:many")

    listed = registry.get(f"/v2/{repository}/manifests/many", headers={"Accept": f"{DOCKER_LIST}, {OCI_INDEX}"}).json()
    assert sorted(child["platform"]["architecture"] for child in listed["manifests"]) == ["amd64", "arm64"]


def test_podman_cannot_pull_a_private_image_without_an_account(podman_in: Client, loaded: str, tmp_path: Path) -> None:
    podman_in.run("push", "-q", loaded)
    podman_in.run("rmi", "-f", loaded)
    said = podman_in.at_home(tmp_path / "elsewhere").fail("pull", "-q", loaded)
    assert "unauthorized" in said
