"""crane: push, pull, copy, lists, digests, deletes, indexes, mounts across repositories."""

import json
import tarfile
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture
def crane_in(crane: Client, server: PierheadServer, owner: Account) -> Client:
    """crane, logged in as the owner."""
    crane.run("auth", "login", server.address, "-u", owner.name, "--password-stdin", given=owner.password)
    return crane


@pytest.fixture
def layouts(images: ImageLayout, tmp_path: Path, skopeo: Client) -> dict[str, Path]:
    """Layouts that hold one thing each, as crane pushes them."""
    folders = {tag: tmp_path / tag for tag in ("one", "two", "multi")}
    for tag, folder in folders.items():
        skopeo.run("copy", "--all", "--preserve-digests", images.reference(tag), f"oci:{folder}:{tag}")
    return folders


def test_crane_pushes_and_pulls_an_image(crane_in: Client, name: str, layouts: dict[str, Path], tmp_path: Path) -> None:
    pushed = crane_in.run("push", layouts["one"], f"{name}:v1").strip()
    crane_in.run("pull", f"{name}:v1", tmp_path / "image.tar")

    assert pushed == f"{name}@{crane_in.run('digest', f'{name}:v1').strip()}"
    with tarfile.open(tmp_path / "image.tar") as archive:
        assert "manifest.json" in archive.getnames()
    crane_in.run("validate", "--remote", f"{name}:v1")


def test_crane_pushes_an_index(crane_in: Client, name: str, layouts: dict[str, Path]) -> None:
    crane_in.run("push", "--index", layouts["multi"], f"{name}:v1")

    listed = json.loads(crane_in.run("manifest", f"{name}:v1"))
    inner = json.loads(crane_in.run("manifest", f"{name}@{listed['manifests'][0]['digest']}"))
    assert [child["platform"]["architecture"] for child in inner["manifests"]] == ["amd64", "arm64"]


def test_crane_copies_between_repositories_and_mounts_the_layers(
    crane_in: Client, name: str, layouts: dict[str, Path], registry: Registry, repository: str
) -> None:
    crane_in.run("push", layouts["one"], f"{name}:v1")

    said = crane_in.run_aloud("copy", f"{name}:v1", f"{name}/copy:v2")

    assert said.count("mounted blob") == 3, said
    assert registry.digest(f"{repository}/copy", "v2") == registry.digest(repository, "v1")


def test_crane_tags_and_lists(crane_in: Client, name: str, layouts: dict[str, Path]) -> None:
    crane_in.run("push", layouts["one"], f"{name}:v1")
    crane_in.run("tag", f"{name}:v1", "latest")
    assert crane_in.run("ls", name).split() == ["latest", "v1"]


def test_crane_deletes_by_digest(crane_in: Client, name: str, layouts: dict[str, Path], registry: Registry, repository: str) -> None:
    crane_in.run("push", layouts["one"], f"{name}:gone")
    crane_in.run("push", layouts["two"], f"{name}:stays")

    crane_in.run("delete", f"{name}@{crane_in.run('digest', f'{name}:gone').strip()}")

    assert registry.tags(repository) == ["stays"]
    assert "MANIFEST_UNKNOWN" in crane_in.fail("manifest", f"{name}:gone") or registry.get(f"/v2/{repository}/manifests/gone").status == 404


def test_crane_sees_what_it_may_read_in_the_catalog(
    crane_in: Client, name: str, layouts: dict[str, Path], repository: str, server: PierheadServer, stranger: Account, tmp_path: Path
) -> None:
    crane_in.run("push", layouts["one"], f"{name}:v1")
    elsewhere = crane_in.at_home(tmp_path / "elsewhere")
    elsewhere.run("auth", "login", server.address, "-u", stranger.name, "--password-stdin", given=stranger.password)

    assert repository in crane_in.run("catalog", server.address).split()
    assert repository not in elsewhere.run("catalog", server.address).split()


def test_crane_makes_an_index_of_pushed_images(crane_in: Client, name: str, layouts: dict[str, Path]) -> None:
    crane_in.run("push", layouts["one"], f"{name}:one")
    crane_in.run("push", layouts["two"], f"{name}:two")

    crane_in.run("index", "append", "-m", f"{name}:one", "-m", f"{name}:two", "-t", f"{name}:both")

    listed = crane_in.run("index", "list", f"{name}:both")
    for tag in ("one", "two"):
        assert crane_in.run("digest", f"{name}:{tag}").strip() in listed


def test_crane_flattens_and_exports(crane_in: Client, name: str, layouts: dict[str, Path], tmp_path: Path) -> None:
    crane_in.run("push", layouts["one"], f"{name}:v1")

    crane_in.run("flatten", f"{name}:v1", "-t", f"{name}:flat")
    crane_in.run("export", f"{name}:flat", tmp_path / "root.tar")

    with tarfile.open(tmp_path / "root.tar") as archive:
        assert {"app/name", "data/numbers"} <= set(archive.getnames())


def test_crane_is_told_that_the_password_is_wrong(crane: Client, server: PierheadServer, name: str, owner: Account) -> None:
    crane.run("auth", "login", server.address, "-u", owner.name, "--password-stdin", given="not the password")
    assert "UNAUTHORIZED" in crane.fail("ls", name)
