"""Helm charts pushed as OCI artifacts are shown as charts (app-registry 7)."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.registry.client import Answer, Client
from tests.registry.content import digest_of, encode
from tests.registry.people import People

_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_METADATA = {"name": "boat", "version": "1.2.0", "appVersion": "7", "description": "A boat", "apiVersion": "v2"}
_FILES = {
    "boat/Chart.yaml": "name: boat\n",
    "boat/values.yaml": "sails: 2\n",
    "boat/README.md": "# Boat\n",
    "boat/templates/a.yaml": "kind: A\n",
}


@pytest.fixture
def repository(people: People, owner: Client) -> str:
    """A private repository of images."""
    return people.repository(owner)


def make_archive(files: Mapping[str, str]) -> bytes:
    """A chart as `helm package` makes it."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(tar.getvalue(), mtime=0)


def push_chart(client: Client, repository: str, *, config: bytes, content: bytes, config_type: str = _CONFIG) -> str:
    """Push as helm does; the manifest's digest."""
    manifest = encode(
        {
            "schemaVersion": 2,
            "config": {"mediaType": config_type, "digest": client.push_blob(repository, config), "size": len(config)},
            "layers": [{"mediaType": _CONTENT, "digest": client.push_blob(repository, content), "size": len(content)}],
        }
    )
    assert client.push_manifest(repository, "1.2.0", manifest).status == 201
    return digest_of(manifest)


def show(client: Client, repository: str, digest: str) -> Answer:
    return client.call("GET", f"/api/v1/repository/{repository}/manifest/{digest}/chart")


def test_a_chart_shows_its_metadata_values_and_files(owner: Client, repository: str) -> None:
    digest = push_chart(owner, repository, config=json.dumps(_METADATA).encode(), content=make_archive(_FILES))
    answer = show(owner, repository, digest)
    assert answer.status == 200
    expected: dict[str, Any] = {
        "metadata": _METADATA,
        "files": ["Chart.yaml", "README.md", "templates/a.yaml", "values.yaml"],
        "values": "sails: 2\n",
        "schema": None,
        "readme": "# Boat\n",
    }
    assert answer.json == expected


def test_an_image_is_no_chart(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "latest")
    assert show(owner, repository, image.digest).status == 404
    assert show(owner, repository, "sha256:" + "0" * 64).status == 404
    assert show(owner, repository, "nonsense").status == 400


def test_a_private_chart_is_not_shown_to_others(people: People, owner: Client, stranger: Client, repository: str) -> None:
    digest = push_chart(owner, repository, config=b"{}", content=make_archive(_FILES))
    absent = f"{owner.name}/absent"
    for client in (stranger, people.anonymous):
        assert show(client, repository, digest).status == show(client, absent, digest).status in (401, 403)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", make_archive(_FILES)[:-30], gzip.compress(b"x" * 2000), gzip.compress(bytes(65 * 1024 * 1024))],
    ids=["no gzip", "cut off", "no tar", "empty blocks"],
)
def test_a_damaged_archive_is_a_clear_refusal_or_an_empty_chart(owner: Client, repository: str, content: bytes) -> None:
    digest = push_chart(owner, repository, config=json.dumps(_METADATA).encode(), content=content)
    answer = show(owner, repository, digest)
    assert (answer.status == 400 and "archive" in answer.json["message"]) or answer.json["files"] == []


def test_a_bomb_is_refused(owner: Client, repository: str) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        entry = tarfile.TarInfo("boat/big")
        entry.size = 65 * 1024 * 1024
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    digest = push_chart(owner, repository, config=b"{}", content=gzip.compress(tar.getvalue()))
    answer = show(owner, repository, digest)
    assert answer.status == 400
    assert "unpacks to more than" in answer.json["message"]


def test_metadata_that_are_no_json_object_are_a_clear_refusal(owner: Client, repository: str) -> None:
    digest = push_chart(owner, repository, config=b"[1]", content=make_archive(_FILES))
    assert show(owner, repository, digest).status == 400
