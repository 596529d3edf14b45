"""docker, in front of a real Docker Engine: log in, build, push, pull, run, log out."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import DOCKER_MANIFEST, ImageLayout, pack_busybox
from tests.services.server import PierheadServer

_DOCKERFILE = "FROM scratch\nADD root.tar /\nENV PATH=/bin\nLABEL org.example.made-by=docker\n"


@pytest.fixture(scope="session")
def busybox_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root file system of every image that these tests build."""
    file = tmp_path_factory.mktemp("busybox") / "root.tar"
    file.write_bytes(pack_busybox())
    return file


@pytest.fixture
def docker_in(docker: Client, server: PierheadServer, owner: Account) -> Client:
    """docker, logged in as the owner."""
    docker.run("login", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return docker


@pytest.fixture
def built(docker_in: Client, name: str, busybox_archive: Path, tmp_path: Path) -> str:
    """An image of this test's own, in the engine, as `<name>:v1`; it prints the test's repository."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "root.tar").hardlink_to(busybox_archive)
    (context / "Dockerfile").write_text(f'{_DOCKERFILE}CMD ["echo", "{name}"]\n')
    docker_in.run("build", "-q", "--network", "none", "-t", f"{name}:v1", context)
    return f"{name}:v1"


def test_docker_logs_in_and_out(docker: Client, server: PierheadServer, owner: Account) -> None:
    said = docker.run("login", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    assert "Login Succeeded" in said

    assert "Removing login credentials" in docker.run("logout", server.address)
    assert server.address not in json.loads((docker.home / "docker" / "config.json").read_text()).get("auths", {})


def test_docker_is_told_that_the_password_is_wrong(docker: Client, server: PierheadServer, owner: Account) -> None:
    said = docker.fail("login", "-u", owner.name, "--password-stdin", server.address, given="not the password")
    assert "unauthorized" in said
    assert "Invalid" in said, "the sentence of the server reaches the person"


def test_docker_pushes_pulls_and_runs_an_image(docker_in: Client, built: str, name: str) -> None:
    docker_in.run("push", built)
    docker_in.run("rmi", "-f", built)

    docker_in.run("pull", built)

    assert docker_in.run("run", "--rm", "--network", "none", built).strip() == name


def test_docker_pushes_by_a_second_tag_and_sends_no_layer_again(
    docker_in: Client, built: str, name: str, registry: Registry, repository: str
) -> None:
    docker_in.run("push", built)
    docker_in.run("tag", built, f"{name}:v2")

    said = docker_in.run("push", f"{name}:v2")

    assert "Layer already exists" in said
    assert registry.tags(repository) == ["v1", "v2"]
    assert registry.digest(repository, "v1") == registry.digest(repository, "v2")


def test_docker_mounts_layers_from_another_repository(docker_in: Client, built: str, name: str) -> None:
    docker_in.run("push", built)
    docker_in.run("tag", built, f"{name}/other:v1")
    assert "Mounted from" in docker_in.run("push", f"{name}/other:v1")


def test_docker_pulls_by_digest(docker_in: Client, built: str, name: str) -> None:
    pushed = re.search(r"digest: (sha256:[0-9a-f]{64})", docker_in.run("push", built))
    assert pushed is not None
    docker_in.run("rmi", "-f", built)

    docker_in.run("pull", f"{name}@{pushed[1]}")

    assert docker_in.run("run", "--rm", "--network", "none", f"{name}@{pushed[1]}").strip() == name


def test_docker_pushes_every_tag(docker_in: Client, built: str, name: str, registry: Registry, repository: str) -> None:
    docker_in.run("tag", built, f"{name}:v2")
    docker_in.run("push", "--all-tags", name)
    assert registry.tags(repository) == ["v1", "v2"]


def test_what_docker_pushes_is_kept_byte_for_byte(docker_in: Client, built: str, registry: Registry, repository: str) -> None:
    docker_in.run("push", built)
    answer = registry.get(f"/v2/{repository}/manifests/v1", headers={"Accept": DOCKER_MANIFEST})
    assert answer.headers["content-type"] == DOCKER_MANIFEST
    assert answer.headers["docker-content-digest"] == registry.digest(repository, "v1")


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_docker_pulls_the_platform_it_asks_for(
    docker_in: Client, name: str, images: ImageLayout, skopeo: Client, owner: Account, architecture: str
) -> None:
    skopeo.run("copy", "--all", "--dest-creds", owner.credentials, images.reference("multi"), f"docker://{name}:many")

    docker_in.run("pull", "--platform", f"linux/{architecture}", f"{name}:many")

    assert docker_in.run("image", "inspect", "--format", "{{.Architecture}}", f"{name}:many").strip() == architecture


def test_docker_moves_a_tag(docker_in: Client, built: str, tmp_path: Path, registry: Registry, repository: str) -> None:
    docker_in.run("push", built)
    first = registry.digest(repository, "v1")
    (tmp_path / "context" / "Dockerfile").write_text(f'{_DOCKERFILE}CMD ["echo", "newer"]\n')

    docker_in.run("build", "-q", "--network", "none", "-t", built, tmp_path / "context")
    docker_in.run("push", built)

    assert registry.digest(repository, "v1") != first
    docker_in.run("pull", built)
    assert docker_in.run("run", "--rm", "--network", "none", built).strip() == "newer"


def test_docker_cannot_pull_a_private_image_without_an_account(docker_in: Client, built: str, tmp_path: Path) -> None:
    docker_in.run("push", built)
    docker_in.run("rmi", "-f", built)
    said = docker_in.at_home(tmp_path / "elsewhere").fail("pull", built)
    assert re.search(r"unauthorized|denied|login", said), said


def test_docker_cannot_pull_the_private_image_of_another(
    docker_in: Client, built: str, server: PierheadServer, stranger: Account, tmp_path: Path
) -> None:
    docker_in.run("push", built)
    docker_in.run("rmi", "-f", built)
    elsewhere = docker_in.at_home(tmp_path / "elsewhere")
    elsewhere.run("login", "-u", stranger.name, "--password-stdin", server.address, given=stranger.password)

    said = elsewhere.fail("pull", built)

    assert "denied" in said


def test_docker_cannot_push_once_it_has_logged_out(docker_in: Client, built: str, server: PierheadServer) -> None:
    docker_in.run("logout", server.address)
    said = docker_in.fail("push", built)
    assert re.search(r"unauthorized|denied|no basic auth", said), said


def test_docker_is_told_that_a_tag_does_not_exist(docker_in: Client, built: str, name: str) -> None:
    docker_in.run("push", built)
    said = docker_in.fail("pull", f"{name}:absent")
    assert re.search(r"manifest.*(unknown|not found)", said), said
