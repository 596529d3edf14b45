"""Public repositories: everybody pulls, without an account, and nobody else pushes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture(scope="module")
def public_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PierheadServer]:
    """A server where what a push creates is public."""
    settings = {"PIERHEAD_REGISTRY_PRIVATE_ON_PUSH": "false", "PIERHEAD_REGISTRY_PUBLIC_CATALOG": "true"}
    with PierheadServer(tmp_path_factory.mktemp("public"), environment=settings) as running:
        for name in ("owner", "stranger"):
            running.create_user(name)
        yield running


@pytest.fixture
def pushed(skopeo: Client, public_server: PierheadServer, owner: Account, repository: str, images: ImageLayout) -> str:
    """A public image, as clients name it."""
    name = f"{public_server.address}/{repository}:v1"
    push = ("copy", "--all", "--dest-tls-verify=false", "--dest-creds", owner.credentials)
    skopeo.run(*push, images.reference("multi"), f"docker://{name}")
    return name


def test_skopeo_pulls_without_an_account(skopeo: Client, pushed: str, tmp_path: Path) -> None:
    skopeo.run("copy", "--all", "--src-tls-verify=false", f"docker://{pushed}", f"dir:{tmp_path / 'image'}")


def test_docker_pulls_without_an_account(docker: Client, pushed: str) -> None:
    docker.run("pull", pushed)


def test_crane_pulls_without_an_account(crane: Client, pushed: str, tmp_path: Path) -> None:
    crane.run("pull", pushed, tmp_path / "image.tar")


def test_oras_finds_nothing_attached_without_an_account(oras: Client, pushed: str) -> None:
    oras.run("discover", "--plain-http", "--platform", "linux/amd64", pushed)


def test_skopeo_pulls_with_the_account_of_another(skopeo: Client, pushed: str, stranger: Account, tmp_path: Path) -> None:
    pull = ("copy", "--src-tls-verify=false", "--src-creds", stranger.credentials)
    skopeo.run(*pull, f"docker://{pushed}", f"dir:{tmp_path / 'image'}")


def test_nobody_else_pushes_to_a_public_repository(skopeo: Client, pushed: str, stranger: Account, images: ImageLayout) -> None:
    push = ("copy", "--dest-tls-verify=false", "--dest-creds", stranger.credentials)
    said = skopeo.fail(*push, images.reference("one"), f"docker://{pushed}")
    assert re.search(r"denied|403 \(Forbidden\)", said), said


@pytest.mark.usefixtures("pushed")
def test_everybody_sees_public_repositories_in_the_catalog(public_server: PierheadServer, repository: str) -> None:
    listed = Registry(public_server.url).get("/v2/_catalog")
    assert repository in listed.json()["repositories"]
