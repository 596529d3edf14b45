"""skopeo: copies in every direction and format, tag lists, inspection, deletion."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.images import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture
def skopeo_in(skopeo: Client, server: PierheadServer, owner: Account) -> Client:
    """skopeo, logged in as the owner."""
    skopeo.run("login", "--tls-verify=false", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return skopeo


def test_skopeo_logs_in_and_out(skopeo: Client, server: PierheadServer, owner: Account) -> None:
    said = skopeo.run("login", "--tls-verify=false", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    assert "Login Succeeded" in said
    assert "Removed login credentials" in skopeo.run("logout", server.address)


def test_skopeo_is_told_that_the_password_is_wrong(skopeo: Client, server: PierheadServer, owner: Account) -> None:
    said = skopeo.fail("login", "--tls-verify=false", "-u", owner.name, "--password-stdin", server.address, given="not the password")
    assert "invalid username/password" in said


def test_skopeo_copies_an_image_there_and_back(skopeo_in: Client, name: str, images: ImageLayout, tmp_path: Path) -> None:
    back = tmp_path / "back"

    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:v1")
    skopeo_in.run("copy", "--src-tls-verify=false", f"docker://{name}:v1", f"oci:{back}:v1")

    sent, received = _tagged(images.folder, "one"), _tagged(back, "v1")
    assert received == sent
    assert (back / "blobs" / received.replace(":", "/")).read_bytes() == images.read(sent)


def test_skopeo_copies_from_repository_to_repository(
    skopeo_in: Client, name: str, images: ImageLayout, registry: Registry, repository: str
) -> None:
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:v1")

    copy = ("copy", "--src-tls-verify=false", "--dest-tls-verify=false", f"docker://{name}:v1")
    skopeo_in.run(*copy, f"docker://{name}-copy:v1")

    assert registry.digest(f"{repository}-copy", "v1") == registry.digest(repository, "v1")


def test_skopeo_lists_tags(skopeo_in: Client, name: str, images: ImageLayout) -> None:
    for tag in ("v2", "v1", "V1", "v10"):
        skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:{tag}")

    listed = json.loads(skopeo_in.run("list-tags", "--tls-verify=false", f"docker://{name}"))

    assert listed["Tags"] == ["V1", "v1", "v10", "v2"]


def test_skopeo_inspects_an_image(skopeo_in: Client, name: str, images: ImageLayout) -> None:
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:v1")

    seen = json.loads(skopeo_in.run("inspect", "--tls-verify=false", f"docker://{name}:v1"))

    assert seen["Digest"] == _tagged(images.folder, "one")
    assert seen["Labels"] == {"org.example.name": "one"}
    assert len(seen["Layers"]) == 2


def test_skopeo_deletes_an_image(skopeo_in: Client, name: str, images: ImageLayout, registry: Registry, repository: str) -> None:
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:gone")
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("two"), f"docker://{name}:stays")

    skopeo_in.run("delete", "--tls-verify=false", f"docker://{name}:gone")

    skopeo_in.fail("inspect", "--tls-verify=false", f"docker://{name}:gone")
    assert registry.tags(repository) == ["stays"]


def test_skopeo_copies_every_platform(skopeo_in: Client, name: str, images: ImageLayout, tmp_path: Path) -> None:
    back = tmp_path / "back"

    skopeo_in.run("copy", "--all", "--preserve-digests", "--dest-tls-verify=false", images.reference("multi"), f"docker://{name}:v1")
    skopeo_in.run("copy", "--all", "--preserve-digests", "--src-tls-verify=false", f"docker://{name}:v1", f"oci:{back}:v1")

    assert _tagged(back, "v1") == _tagged(images.folder, "multi")
    raw = json.loads(skopeo_in.run("inspect", "--raw", "--tls-verify=false", f"docker://{name}:v1"))
    assert raw["annotations"] == {"org.example.kind": "many"}
    assert [child["platform"]["architecture"] for child in raw["manifests"]] == ["amd64", "arm64"]


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_skopeo_picks_a_platform(skopeo_in: Client, name: str, images: ImageLayout, architecture: str) -> None:
    skopeo_in.run("copy", "--all", "--dest-tls-verify=false", images.reference("multi"), f"docker://{name}:v1")

    seen = json.loads(skopeo_in.run("--override-arch", architecture, "inspect", "--tls-verify=false", f"docker://{name}:v1"))

    assert seen["Architecture"] == architecture


@pytest.mark.parametrize(
    ("image", "form", "media_type"),
    [("one", "v2s2", DOCKER_MANIFEST), ("one", "oci", OCI_MANIFEST), ("multi", "v2s2", DOCKER_LIST), ("multi", "oci", OCI_INDEX)],
)
def test_skopeo_pushes_both_manifest_formats(
    skopeo_in: Client, name: str, images: ImageLayout, registry: Registry, repository: str, image: str, form: str, media_type: str
) -> None:
    skopeo_in.run("copy", "--all", "--format", form, "--dest-tls-verify=false", images.reference(image), f"docker://{name}:v1")

    answer = registry.get(f"/v2/{repository}/manifests/v1", headers={"Accept": media_type})
    assert answer.headers["content-type"] == media_type
    assert answer.json()["mediaType"] == media_type


def test_skopeo_pushes_layers_compressed_with_zstd(skopeo_in: Client, name: str, images: ImageLayout, tmp_path: Path) -> None:
    zstd = ("copy", "--dest-compress-format", "zstd", "--format", "oci", "--dest-tls-verify=false")
    skopeo_in.run(*zstd, images.reference("plain"), f"docker://{name}:v1")

    raw = json.loads(skopeo_in.run("inspect", "--raw", "--tls-verify=false", f"docker://{name}:v1"))
    assert [layer["mediaType"] for layer in raw["layers"]] == ["application/vnd.oci.image.layer.v1.tar+zstd"]
    skopeo_in.run("copy", "--src-tls-verify=false", f"docker://{name}:v1", f"dir:{tmp_path / 'back'}")


def test_a_push_creates_a_nested_repository(skopeo_in: Client, name: str, images: ImageLayout, registry: Registry, repository: str) -> None:
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}/deep/er:v1")
    assert registry.tags(f"{repository}/deep/er") == ["v1"]


def test_what_a_push_creates_is_private(skopeo_in: Client, name: str, images: ImageLayout, stranger: Account, tmp_path: Path) -> None:
    skopeo_in.run("copy", "--dest-tls-verify=false", images.reference("one"), f"docker://{name}:v1")
    elsewhere = skopeo_in.at_home(tmp_path / "elsewhere")

    inspect = ("inspect", "--tls-verify=false")
    by_nobody = elsewhere.fail(*inspect, f"docker://{name}:v1")
    by_stranger = elsewhere.fail(*inspect, "--creds", stranger.credentials, f"docker://{name}:v1")
    of_nothing = elsewhere.fail(*inspect, "--creds", stranger.credentials, f"docker://{name}-absent:v1")

    assert "unauthorized" in by_nobody
    assert "denied" in by_stranger
    assert "denied" in of_nothing


def test_nobody_pushes_to_the_namespace_of_another(
    skopeo: Client, name: str, images: ImageLayout, stranger: Account, registry: Registry
) -> None:
    push = ("copy", "--dest-tls-verify=false", "--dest-creds", stranger.credentials)
    said = skopeo.fail(*push, images.reference("one"), f"docker://{name}:v1")
    assert re.search(r"denied|403 \(Forbidden\)", said), said
    assert registry.get("/v2/_catalog?n=1000").json()["repositories"].count(name.partition("/")[2]) == 0


def _tagged(layout: Path, tag: str) -> str:
    for entry in json.loads((layout / "index.json").read_bytes())["manifests"]:
        if entry["annotations"]["org.opencontainers.image.ref.name"] == tag:
            digest: str = entry["digest"]
            return digest
    raise AssertionError(f"the layout has no tag {tag}")
