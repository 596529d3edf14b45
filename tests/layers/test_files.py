"""The files of an image through the REST API: folders, downloads, comparisons."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.layers.archives import file, folder, hardlink, opaque, pack, symlink, whiteout
from tests.layers.conftest import Push
from tests.registry.client import Client
from tests.registry.content import fresh, make_artifact, make_image, make_index
from tests.registry.people import People
from tests.repositories.api import call, get
from tests.services.tools import require_tool
from tests.squash.images import build

LOWER = pack(
    folder("etc"),
    file("etc/name", b"old", 0o600),
    file("etc/gone"),
    folder("bin"),
    file("bin/run", b"#!", 0o755),
    hardlink("bin/walk", "bin/run"),
)
UPPER = pack(file("etc/name", b"newer"), whiteout("etc/gone"), symlink("etc/link", "name"), file("opt/deep/file", b"deep"))


def files(client: Client, repository: str, digest: str, path: str = "/", query: str = "") -> Any:
    return get(client, f"/repository/{repository}/manifest/{digest}/files?path={quote(path)}{query}")


def names(shown: Any) -> list[str]:
    return [entry["name"] for entry in shown["entries"]]


def download(client: Client, repository: str, digest: str, path: str, **headers: str) -> Any:
    return client.call("GET", f"/api/v1/repository/{repository}/manifest/{digest}/file?path={quote(path)}", headers=headers)


def compare(client: Client, repository: str, one: str, other: str, query: str = "") -> Any:
    return get(client, f"/repository/{repository}/manifest/{one}/compare?with={other}{query}")


def test_the_folders_of_an_image_show_what_its_layers_come_to(owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "v1", build(LOWER, UPPER))

    root = files(owner, repository, image.digest)
    assert (root["status"], names(root)) == ("ready", ["bin", "etc", "opt"])
    etc = files(owner, repository, image.digest, "/etc/")
    assert names(etc) == ["link", "name"]
    link, name = etc["entries"]
    assert (link["kind"], link["target"]) == ("symlink", "name")
    assert (name["kind"], name["size"], name["mode"], name["layer_index"]) == ("file", 5, "0644", 1)
    assert name["sha256"] == hashlib.sha256(b"newer").hexdigest()
    walk = files(owner, repository, image.digest, "bin")["entries"][1]
    assert (walk["name"], walk["kind"], walk["size"], walk["layer_index"]) == ("walk", "file", 2, 0)
    assert names(files(owner, repository, image.digest, "opt/deep")) == ["file"]


def test_folders_are_listed_page_by_page(owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "v1", build(pack(*(file(f"f{number:03}") for number in range(25)))))
    first = files(owner, repository, image.digest, query="&limit=10")
    second = files(owner, repository, image.digest, query=f"&limit=10&after={first['next']}")
    third = files(owner, repository, image.digest, query=f"&limit=10&after={second['next']}")
    assert [len(names(page)) for page in (first, second, third)] == [10, 10, 5]
    assert "next" not in third
    assert names(third)[-1] == "f024"


def test_an_image_whose_layers_are_still_read_says_so(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1", build(pack(file("never-read", fresh()))))
    assert files(owner, repository, image.digest) == {"status": "queued", "manifest_digest": image.digest}
    assert download(owner, repository, image.digest, "/etc/name").status == 409


def test_a_layer_that_cannot_be_read_says_why(owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "v1", make_image(layers=[b"\x1f\x8bbroken" * 10]))
    shown = files(owner, repository, image.digest)
    assert shown["status"] == "failed"
    assert "gzip data" in shown["reason"]
    answer = download(owner, repository, image.digest, "/etc/name")
    assert (answer.status, "gzip data" in answer.json["message"]) == (400, True)


def test_what_is_no_image_has_no_files(owner: Client, repository: str) -> None:
    artifact = owner.push_image(repository, "v1", make_artifact("application/vnd.example"))
    answer = call(owner, "GET", f"/repository/{repository}/manifest/{artifact.digest}/files")
    assert (answer.status, "config is of the type" in answer.json["message"]) == (400, True)


def test_an_index_shows_the_image_of_the_platform(owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "one", build(LOWER, platform="linux/arm64"))
    index = owner.push_image(repository, "v1", make_index([image.descriptor(platform={"os": "linux", "architecture": "arm64"})]))
    assert names(files(owner, repository, index.digest, query="&platform=linux/arm64")) == ["bin", "etc"]
    answer = call(owner, "GET", f"/repository/{repository}/manifest/{index.digest}/files")
    assert (answer.status, answer.json["platforms"]) == (404, ["linux/arm64"])


@pytest.mark.parametrize("path", ["/nothing", "/etc/name", "/etc/../etc", "a" * 4000])
def test_what_is_no_folder_is_not_found(owner: Client, repository: str, push: Push, path: str) -> None:
    image = push(repository, "v1", build(LOWER))
    assert call(owner, "GET", f"/repository/{repository}/manifest/{image.digest}/files?path={path}").status == 404


def test_a_file_is_downloaded_whole_or_in_part(owner: Client, repository: str, push: Push) -> None:
    content = bytes(range(256)) * 3000
    image = push(repository, "v1", build(pack(file("first", b"1"), file("large", content), hardlink("twin", "large"))))

    whole = download(owner, repository, image.digest, "/large")
    assert (whole.status, whole.body == content) == (200, True)
    assert (whole["content-disposition"], whole["x-content-type-options"]) == ("attachment", "nosniff")
    part = download(owner, repository, image.digest, "/large", range="bytes=300000-300009")
    assert (part.status, part.body) == (206, content[300_000:300_010])
    assert part["content-range"] == f"bytes 300000-300009/{len(content)}"
    assert download(owner, repository, image.digest, "/twin", range="bytes=-4").body == content[-4:]
    assert download(owner, repository, image.digest, "/large", range=f"bytes={len(content)}-").status == 416


def test_an_empty_file_is_downloaded(owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "v1", build(pack(file("empty", b""))))
    answer = download(owner, repository, image.digest, "/empty")
    assert (answer.status, answer.body, answer["content-length"]) == (200, b"", "0")


def test_a_file_with_holes_is_downloaded_as_programs_read_it(owner: Client, repository: str, push: Push, tmp_path: Path) -> None:
    tar = require_tool("tar", package="Debian: tar")
    with (tmp_path / "sparse").open("wb") as opened:
        opened.write(b"start")
        opened.seek(1024 * 1024)
        opened.write(b"end")
    archive = tmp_path / "layer.tar"
    subprocess.run([str(tar), "--sparse", "--format=posix", "-cf", str(archive), "-C", str(tmp_path), "sparse"], check=True, timeout=30)
    image = push(repository, "v1", build(archive.read_bytes()))

    original = (tmp_path / "sparse").read_bytes()
    assert download(owner, repository, image.digest, "/sparse").body == original
    assert download(owner, repository, image.digest, "/sparse", range="bytes=1048575-").body == b"\0end"


@pytest.mark.parametrize(("path", "reason"), [("/etc", "it is a folder"), ("/etc/link", "it is a link to name")])
def test_only_files_are_downloaded(owner: Client, repository: str, push: Push, path: str, reason: str) -> None:
    image = push(repository, "v1", build(LOWER, UPPER))
    answer = download(owner, repository, image.digest, path)
    assert (answer.status, reason in answer.json["message"]) == (400, True)


def test_two_images_are_compared(owner: Client, repository: str, push: Push) -> None:
    one = push(repository, "v1", build(LOWER))
    config = {"Env": ["PATH=/usr/bin", "NEW=1"], "Cmd": ["run"], "Labels": {"a": "b"}}
    history = [{"created_by": "layer 0"}, {"created_by": "RUN more"}]
    two = push(repository, "v2", build(LOWER, UPPER, config=config, history=history))

    shown = compare(owner, repository, one.digest, two.digest)

    changes = {change["path"]: (change["change"], change["what"]) for change in shown["changes"]}
    assert changes == {
        "/etc/gone": ("removed", []),
        "/etc/link": ("added", []),
        "/etc/name": ("changed", ["content", "mode"]),
        "/opt": ("added", []),
        "/opt/deep": ("added", []),
        "/opt/deep/file": ("added", []),
    }
    assert shown["files"] == {"added": 4, "changed": 1, "removed": 1, "bytes": 5 - 3 - len(b"content") + 4}
    assert shown["environment"] == {"added": {"NEW": "1"}, "removed": {}, "changed": {"PATH": {"before": "/bin", "after": "/usr/bin"}}}
    assert shown["labels"]["added"] == {"a": "b"}
    assert shown["settings"]["removed"] == {"user": "7"}
    assert shown["commands"] == {"common": 1, "removed": [], "added": ["RUN more"]}
    assert (shown["before"]["layers"], shown["after"]["layers"]) == (1, 2)
    assert shown["after"]["unpacked_bytes"] == len(LOWER) + len(UPPER)


def test_an_image_does_not_differ_from_itself_packed_in_other_layers(owner: Client, repository: str, push: Push) -> None:
    one = push(repository, "v1", build(pack(folder("d"), file("d/a", b"1"), file("d/b", b"2"))))
    two = push(
        repository,
        "v2",
        build(pack(folder("d"), file("d/old")), pack(folder("d"), opaque("d"), file("d/b", b"2")), pack(file("d/a", b"1"))),
    )
    assert compare(owner, repository, one.digest, two.digest)["changes"] == []


def test_differences_are_listed_page_by_page(owner: Client, repository: str, push: Push) -> None:
    one = push(repository, "v1", build(pack(file("a"))))
    two = push(repository, "v2", build(pack(*(file(f"f{number}") for number in range(5)))))
    first = compare(owner, repository, one.digest, two.digest, "&limit=4")
    second = compare(owner, repository, one.digest, two.digest, f"&limit=4&after={quote(first['next'])}")
    assert [change["path"] for change in (*first["changes"], *second["changes"])] == ["/a", *(f"/f{number}" for number in range(5))]


def test_only_those_who_may_read_look_into_an_image(people: People, owner: Client, repository: str, push: Push) -> None:
    image = push(repository, "v1", build(LOWER))
    stranger = people.user("stranger")
    for path in ("files", "file?path=/etc/name", f"compare?with={image.digest}"):
        target = f"/repository/{repository}/manifest/{image.digest}/{path}"
        assert call(people.anonymous, "GET", target).status == 401
        assert call(stranger, "GET", target).status == 403
        assert call(stranger, "GET", target.replace(repository, f"{owner.name}/nothing")).status == 403
    people.grant(repository, stranger, "read")
    assert names(files(stranger, repository, image.digest)) == ["bin", "etc"]
    assert call(stranger, "GET", f"/repository/{repository}/manifest/sha256:{'0' * 64}/files").status == 404
    assert call(stranger, "GET", f"/repository/{repository}/manifest/nonsense/files").status == 400
