"""oras: artifacts of any type, attached artifacts, and single blobs and manifests."""

import json
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer

_TYPE = "application/vnd.example.report"


@pytest.fixture
def oras_in(oras: Client, server: PierheadServer, owner: Account) -> Client:
    """oras, logged in as the owner."""
    oras.run("login", "--plain-http", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return oras


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A file to push; oras records the name it is given, so tests run it in the home folder."""
    file = tmp_path / "home" / "report.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("all is well\n")
    return file


@pytest.fixture
def pushed(oras_in: Client, name: str, report: Path) -> str:
    """An artifact of one file, as `<name>:v1`; its digest."""
    said = oras_in.run("push", "--plain-http", "--artifact-type", _TYPE, "--format", "json", f"{name}:v1", f"{report.name}:text/plain")
    digest: str = json.loads(said)["digest"]
    return digest


def test_oras_logs_in_and_out(oras: Client, server: PierheadServer, owner: Account) -> None:
    assert "Login Succeeded" in oras.run(
        "login", "--plain-http", "-u", owner.name, "--password-stdin", server.address, given=owner.password
    )
    oras.run("logout", server.address)
    oras.fail("repo", "ls", "--plain-http", server.address)


def test_oras_is_told_that_the_password_is_wrong(oras: Client, server: PierheadServer, owner: Account) -> None:
    said = oras.fail("login", "--plain-http", "-u", owner.name, "--password-stdin", server.address, given="not the password")
    assert "unauthorized" in said.lower()


def test_oras_pushes_and_pulls_an_artifact(oras_in: Client, name: str, pushed: str, tmp_path: Path) -> None:
    oras_in.run("pull", "--plain-http", "-o", tmp_path / "out", f"{name}:v1")

    assert (tmp_path / "out" / "report.txt").read_text() == "all is well\n"
    assert oras_in.run("resolve", "--plain-http", f"{name}:v1").strip() == pushed
    manifest = json.loads(oras_in.run("manifest", "fetch", "--plain-http", f"{name}:v1"))
    assert manifest["artifactType"] == _TYPE


def test_oras_attaches_artifacts_and_finds_them(oras_in: Client, name: str, pushed: str) -> None:
    attach = ("attach", "--plain-http", "--distribution-spec", "v1.1-referrers-api", "--annotation", "org.example.by=test")
    for kind in ("sbom", "signature"):
        oras_in.run(*attach, "--artifact-type", f"application/vnd.example.{kind}", f"{name}:v1", "report.txt")

    discover = ("discover", "--plain-http", "--distribution-spec", "v1.1-referrers-api", "--format", "json")
    every = json.loads(oras_in.run(*discover, f"{name}:v1"))
    only = json.loads(oras_in.run(*discover, "--artifact-type", "application/vnd.example.sbom", f"{name}@{pushed}"))

    assert sorted(found["artifactType"] for found in every["referrers"]) == [
        "application/vnd.example.sbom",
        "application/vnd.example.signature",
    ]
    assert [found["artifactType"] for found in only["referrers"]] == ["application/vnd.example.sbom"]
    assert every["referrers"][0]["annotations"]["org.example.by"] == "test"


def test_oras_copies_an_artifact_with_everything_attached(oras_in: Client, name: str, pushed: str) -> None:
    oras_in.run("attach", "--plain-http", "--artifact-type", "application/vnd.example.sbom", f"{name}:v1", "report.txt")

    oras_in.run("cp", "-r", "--from-plain-http", "--to-plain-http", f"{name}:v1", f"{name}/copy:v1")

    found = json.loads(oras_in.run("discover", "--plain-http", "--format", "json", f"{name}/copy@{pushed}"))
    assert [referrer["artifactType"] for referrer in found["referrers"]] == ["application/vnd.example.sbom"]


def test_oras_lists_tags_and_repositories(oras_in: Client, name: str, pushed: str, repository: str, server: PierheadServer) -> None:
    oras_in.run("tag", "--plain-http", f"{name}@{pushed}", "v2", "v3")

    assert oras_in.run("repo", "tags", "--plain-http", name).split() == ["v1", "v2", "v3"]
    assert oras_in.run("repo", "tags", "--plain-http", "--last", "v1", name).split() == ["v2", "v3"]
    assert repository in oras_in.run("repo", "ls", "--plain-http", server.address).split()


def test_oras_pushes_fetches_and_deletes_a_blob(oras_in: Client, name: str, report: Path, registry: Registry, repository: str) -> None:
    said = oras_in.run("blob", "push", "--plain-http", "--descriptor", name, report.name)
    digest = json.loads(said)["digest"]

    assert oras_in.run("blob", "fetch", "--plain-http", "--output", "-", f"{name}@{digest}") == "all is well\n"
    oras_in.run("blob", "delete", "--plain-http", "--force", f"{name}@{digest}")
    assert registry.get(f"/v2/{repository}/blobs/{digest}", method="HEAD").status == 404


def test_oras_deletes_a_manifest(oras_in: Client, name: str, pushed: str, registry: Registry, repository: str) -> None:
    oras_in.run("manifest", "delete", "--plain-http", "--force", f"{name}@{pushed}")

    assert registry.tags(repository) == []
    oras_in.fail("manifest", "fetch", "--plain-http", f"{name}:v1")


def test_oras_pushes_a_manifest_of_its_own_and_an_index(oras_in: Client, name: str, pushed: str) -> None:
    fetched = oras_in.run("manifest", "fetch", "--plain-http", f"{name}:v1")
    (oras_in.home / "manifest.json").write_text(fetched)

    oras_in.run("manifest", "push", "--plain-http", f"{name}:again", "manifest.json")
    oras_in.run("manifest", "index", "create", "--plain-http", f"{name}:index", "v1")

    assert oras_in.run("resolve", "--plain-http", f"{name}:again").strip() == pushed
    index = json.loads(oras_in.run("manifest", "fetch", "--plain-http", f"{name}:index"))
    assert [child["digest"] for child in index["manifests"]] == [pushed]


def test_oras_copies_a_platform_of_an_index_from_a_layout(oras_in: Client, name: str, images: ImageLayout) -> None:
    oras_in.run("cp", "--from-oci-layout", "--to-plain-http", f"{images.folder}:multi", f"{name}:v1")

    resolved = oras_in.run("resolve", "--plain-http", "--platform", "linux/arm64", f"{name}:v1").strip()

    index = json.loads(oras_in.run("manifest", "fetch", "--plain-http", f"{name}:v1"))
    assert resolved == index["manifests"][1]["digest"]
