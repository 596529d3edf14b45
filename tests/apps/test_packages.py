"""Packages through the door: push, list, show, pull, delete (app-registry 2, 8; specification S1.12 to S1.15)."""

import base64
import gzip
import hashlib
import json

import pytest

from tests.apps.conftest import call, error_code, make_package, push
from tests.registry.client import Client, Server
from tests.registry.people import People


def test_the_version_of_the_protocol_is_told_to_anybody(people: People) -> None:
    answer = people.anonymous.call("GET", "/cnr/version")
    assert (answer.status, answer.json) == (200, {"cnr-api": "0.2.7"})


def test_signing_in_gives_the_header_that_further_calls_send(owner: Client, people: People) -> None:
    username, _, password = base64.b64decode(str(owner.authorization).removeprefix("Basic ")).decode().partition(":")
    body = json.dumps({"user": {"username": username, "password": password}}).encode()
    answer = people.anonymous.call("POST", "/cnr/api/v1/users/login", body=body)
    assert answer.status == 200
    signed_in = Client(owner.server, owner.name, answer.json["token"])
    assert push(signed_in, f"{owner.name}/chart", "1.0.0").status == 200


def test_wrong_credentials_are_refused(owner: Client, people: People) -> None:
    body = json.dumps({"user": {"username": owner.name, "password": "wrong"}}).encode()
    answer = people.anonymous.call("POST", "/cnr/api/v1/users/login", body=body)
    assert (answer.status, error_code(answer)) == (401, "unauthorized-access")


def test_a_repository_created_as_application_is_empty_and_takes_releases(people: People, owner: Client) -> None:
    """S1.12 to S1.15."""
    body = json.dumps(
        {"namespace": owner.name, "repository": "made", "visibility": "private", "description": "", "repo_kind": "application"}
    ).encode()
    created = owner.call("POST", "/api/v1/repository", headers={"content-type": "application/json"}, body=body)
    assert (created.status, created.json["kind"]) == (201, "application")
    name = f"{owner.name}/made"
    assert call(owner, "GET", f"/{name}").json == []
    assert push(owner, name, "0.1.0").status == 200
    assert [item["release"] for item in call(owner, "GET", f"/{name}").json] == ["0.1.0"]


def test_a_pulled_package_has_the_bytes_that_were_pushed(owner: Client) -> None:
    content, name = make_package(), f"{owner.name}/chart"
    assert push(owner, name, "1.0.0", content).json == {"status": "ok"}

    pulled = call(owner, "GET", f"/{name}/1.0.0/helm/pull")
    assert (pulled.status, pulled.body, pulled["content-type"]) == (200, content, "application/x-gzip")
    assert pulled["content-disposition"] == f'attachment; filename="{owner.name}_chart_1.0.0.tar.gz"'

    as_json = call(owner, "GET", f"/{name}/1.0.0/helm/pull?format=json").json
    assert base64.b64decode(as_json["blob"]) == content
    assert (as_json["package"], as_json["release"], as_json["filename"]) == (name, "1.0.0", f"{owner.name}_chart_1.0.0.tar.gz")


def test_content_is_named_by_the_digest_of_the_tar(owner: Client) -> None:
    content, name = make_package(), f"{owner.name}/chart"
    push(owner, name, "1.0.0", content)
    shown = call(owner, "GET", f"/{name}/1.0.0/helm").json
    digest = hashlib.sha256(gzip.decompress(content)).hexdigest()
    assert shown["content"] == {
        "mediaType": "application/vnd.cnr.package.helm.v0.tar+gzip",
        "size": len(content),
        "digest": f"sha256:{digest}",
        "urls": [],
    }
    assert shown["mediaType"] == "application/vnd.cnr.package-manifest.helm.v0.json"
    assert (shown["package"], shown["release"], shown["channels"]) == (name, "1.0.0", [])

    assert call(owner, "GET", f"/{name}/blobs/sha256/{digest}").body == content
    assert base64.b64decode(call(owner, "GET", f"/{name}/blobs/sha256/{digest}?format=json").json["blob"]) == content
    unknown = call(owner, "GET", f"/{name}/blobs/sha256/{'0' * 64}")
    assert (unknown.status, error_code(unknown)) == (404, "package-not-found")


def test_a_release_is_replaced_only_with_force(owner: Client, package: str) -> None:
    again = push(owner, package, "1.0.0", make_package("other: true\n"))
    assert (again.status, error_code(again)) == (409, "package-exists")

    content = make_package("other: true\n")
    assert push(owner, package, "1.0.0", content, query="?force=true").status == 200
    assert call(owner, "GET", f"/{package}/1.0.0/helm/pull").body == content


def test_a_release_holds_several_media_types(owner: Client, package: str) -> None:
    compose = make_package("services: {}\n")
    assert push(owner, package, "1.0.0", compose, media_type="docker-compose").status == 200
    held = call(owner, "GET", f"/{package}/1.0.0").json
    assert [item["mediaType"] for item in held] == [
        "application/vnd.cnr.package-manifest.docker-compose.v0.json",
        "application/vnd.cnr.package-manifest.helm.v0.json",
    ]
    assert call(owner, "GET", f"/{package}/1.0.0/docker-compose/pull").body == compose

    deleted = call(owner, "DELETE", f"/{package}/1.0.0/helm")
    assert deleted.json == {"status": "deleted", "package": package, "release": "1.0.0"}
    assert [item["mediaType"] for item in call(owner, "GET", f"/{package}/1.0.0").json] == [held[0]["mediaType"]]
    gone = call(owner, "GET", f"/{package}/1.0.0/helm")
    assert (gone.status, error_code(gone)) == (404, "package-release-not-found")


def test_the_last_media_type_takes_the_release_with_it(owner: Client, package: str) -> None:
    assert call(owner, "DELETE", f"/{package}/1.0.0/helm").status == 200
    assert call(owner, "GET", f"/{package}").json == []
    again = call(owner, "DELETE", f"/{package}/1.0.0/helm")
    assert (again.status, error_code(again)) == (404, "package-release-not-found")
    assert push(owner, package, "1.0.0").status == 200


@pytest.mark.parametrize("release", ["1.0", "v1.0.0", "", "latest", "1.0.0_1", "01.0.0", "1.0.0-" + "x" * 200])
def test_a_release_must_be_a_semantic_version(owner: Client, package: str, release: str) -> None:
    answer = push(owner, package, release)
    assert (answer.status, error_code(answer)) == (422, "invalid-release")


def test_the_default_release_is_the_highest_version(owner: Client, package: str) -> None:
    for release in ("1.9.0", "1.10.0", "1.10.0-rc.1", "1.2.0+build.7"):
        assert push(owner, package, release).status == 200
    assert call(owner, "GET", f"/{package}/default/helm").json["release"] == "1.10.0"
    assert [item["release"] for item in call(owner, "GET", f"/{package}").json] == [
        "1.10.0",
        "1.10.0-rc.1",
        "1.9.0",
        "1.2.0+build.7",
        "1.0.0",
    ]
    assert call(owner, "GET", f"/{package}/1.2.0%2Bbuild.7/helm").json["release"] == "1.2.0+build.7"


@pytest.mark.parametrize(
    "blob",
    [b"no gzip", gzip.compress(b"no tar"), make_package()[:-20], gzip.compress(b"\0" * 100)],
    ids=["no gzip", "no tar", "cut off", "short zeros"],
)
def test_what_is_no_package_is_refused(owner: Client, package: str, blob: bytes) -> None:
    answer = push(owner, package, "2.0.0", blob)
    assert (answer.status, error_code(answer)) == (422, "invalid-parameters")
    assert call(owner, "GET", f"/{package}/2.0.0").status == 404


@pytest.mark.parametrize(
    ("field", "value"), [("blob", "%%%"), ("media_type", "Helm/../x"), ("release", 1), ("visibility", 5), ("media_type", "\0")]
)
def test_a_field_that_breaks_its_rule_is_named(owner: Client, package: str, field: str, value: object) -> None:
    body = {"release": "2.0.0", "media_type": "helm", "blob": base64.b64encode(make_package()).decode(), field: value}
    answer = call(owner, "POST", f"/{package}", body)
    assert (answer.status, error_code(answer)) == (422, "invalid-parameters")


def test_a_bomb_is_refused(owner: Client, package: str) -> None:
    answer = push(owner, package, "2.0.0", gzip.compress(bytes(80 * 1024 * 1024)))
    assert (answer.status, error_code(answer)) == (422, "invalid-parameters")


def test_a_package_beyond_the_limit_is_refused(owner: Client, package: str) -> None:
    limit = owner.server.settings.apps.maximum_package_bytes
    answer = push(owner, package, "2.0.0", b"\0" * (limit + 1))
    assert answer.status == 413
    assert str(limit) in answer.json["error"]["message"]


def test_lists_show_what_the_caller_may_see(people: People, owner: Client, stranger: Client, package: str) -> None:
    public = f"{owner.name}/public"
    assert push(owner, public, "3.0.0", visibility="public").status == 200
    listed = call(owner, "GET", f"?namespace={owner.name}").json
    assert sorted(item["name"] for item in listed) == sorted([package, public])
    (shown,) = (item for item in listed if item["name"] == public)
    assert (shown["visibility"], shown["default"], shown["releases"], shown["manifests"]) == ("public", "3.0.0", ["3.0.0"], ["helm"])

    for other in (stranger, people.anonymous):
        assert [item["name"] for item in call(other, "GET", f"?namespace={owner.name}").json] == [public]
        assert call(other, "GET", f"/search?q={owner.name}").json == [public]
    assert call(owner, "GET", f"?namespace={owner.name}&query=PUBLIC").json == [shown]
    assert call(owner, "GET", f"?namespace={owner.name}&media_type=kpm").json == []


def test_rights_are_those_of_the_repository(people: People, owner: Client, stranger: Client, package: str) -> None:
    reader, writer = people.user("reader"), people.user("writer")
    people.grant(package, reader, "read")
    people.grant(package, writer, "write")
    pull = f"/{package}/1.0.0/helm/pull"

    assert [call(client, "GET", pull).status for client in (people.anonymous, stranger, reader, writer)] == [401, 403, 200, 200]
    assert [push(client, package, "2.0.0").status for client in (people.anonymous, stranger, reader, writer)] == [401, 403, 403, 200]
    absent = call(stranger, "GET", f"/{owner.name}/absent/1.0.0/helm/pull")
    assert (absent.status, absent.json["error"]["code"]) == (403, "forbidden")


def test_a_robot_pushes_where_it_may(people: People, owner: Client, package: str) -> None:
    robot = people.robot(owner.name)
    assert push(robot, package, "2.0.0").status == 403
    people.grant(package, robot, "write")
    assert push(robot, package, "2.0.0").status == 200


def test_a_package_pushed_into_a_foreign_namespace_is_refused(stranger: Client, owner: Client) -> None:
    assert push(stranger, f"{owner.name}/new", "1.0.0").status == 403


def test_an_image_repository_is_no_package(people: People, owner: Client) -> None:
    repository = people.repository(owner)
    for answer in (call(owner, "GET", f"/{repository}"), push(owner, repository, "1.0.0")):
        assert (answer.status, error_code(answer)) == (404, "package-not-found")


def test_an_image_cannot_be_pushed_into_a_package(owner: Client, package: str) -> None:
    answer = owner.call("POST", f"/v2/{package}/blobs/uploads/")
    assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])
    assert "managing application" in answer.errors[0]["message"]


def test_a_repository_that_is_read_only_takes_no_release(people: People, owner: Client, package: str) -> None:
    people.freeze(package)
    answer = push(owner, package, "2.0.0")
    assert (answer.status, error_code(answer)) == (405, "read-only")
    assert call(owner, "GET", f"/{package}/1.0.0/helm/pull").status == 200


def test_the_log_tells_what_was_pushed_and_removed(owner: Client, package: str) -> None:
    call(owner, "DELETE", f"/{package}/1.0.0/helm")
    entries = owner.call("GET", f"/api/v1/repository/{package}/logs").json["logs"]
    facts = {entry["kind"]: entry["metadata"] for entry in entries}
    assert facts["push_repo"]["release"] == "1.0.0"
    assert facts["delete_tag"]["release"] == "1.0.0"
    assert "create_repo" in facts


def test_the_same_content_is_stored_once(server: Server, owner: Client) -> None:
    content = make_package(f"owner: {owner.name}\n")
    for release in ("1.0.0", "1.0.1"):
        assert push(owner, f"{owner.name}/chart", release, content).status == 200
    stored = [path for path in server.settings.data_dir.rglob(f"*{hashlib.sha256(content).hexdigest()}*") if path.is_file()]
    assert len(stored) == 1
