"""Other credentials than a name and its password, and other namespaces than one's own: robots, tokens, organizations."""

import re

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import ManagementSession, Registry
from tests.services.images import ImageLayout
from tests.services.server import PASSWORD, PierheadServer


@pytest.fixture(scope="module")
def session(server: PierheadServer) -> ManagementSession:
    """The owner, signed in to the API."""
    return ManagementSession(server.url, Account("owner", PASSWORD))


@pytest.fixture(scope="module")
def robot(session: ManagementSession) -> Account:
    """A robot of the owner's, without any permission."""
    return session.create_robot("ci")


def test_a_robot_logs_in(docker: Client, server: PierheadServer, robot: Account) -> None:
    assert robot.name == "owner+ci"
    said = docker.run("login", "-u", robot.name, "--password-stdin", server.address, given=robot.password)
    assert "Login Succeeded" in said


def test_a_robot_with_a_wrong_token_is_refused(skopeo: Client, server: PierheadServer, robot: Account) -> None:
    said = skopeo.fail("login", "--tls-verify=false", "-u", robot.name, "--password-stdin", server.address, given="not the token")
    assert "invalid username/password" in said


def test_a_robot_without_a_permission_reads_nothing(
    skopeo: Client, name: str, images: ImageLayout, owner: Account, robot: Account, server: PierheadServer, repository: str
) -> None:
    skopeo.run("copy", "--dest-creds", owner.credentials, images.reference("one"), f"docker://{name}:v1")

    assert "denied" in skopeo.fail("inspect", "--creds", robot.credentials, f"docker://{name}:v1")
    assert Registry(server.url, robot).get(f"/v2/{repository}/tags/list").status == 403


def test_an_application_token_logs_in_and_pushes(
    skopeo: Client, server: PierheadServer, session: ManagementSession, name: str, images: ImageLayout
) -> None:
    token = session.create_application_token("build machine")
    skopeo.run("login", "--tls-verify=false", "-u", token.name, "--password-stdin", server.address, given=token.password)
    skopeo.run("copy", images.reference("one"), f"docker://{name}:v1")


def test_an_encrypted_password_logs_in(docker: Client, server: PierheadServer, session: ManagementSession, owner: Account) -> None:
    encrypted = session.encrypt_password(owner)
    assert encrypted.password != owner.password
    said = docker.run("login", "-u", encrypted.name, "--password-stdin", server.address, given=encrypted.password)
    assert "Login Succeeded" in said


def test_whoever_owns_an_organization_pushes_to_it(
    skopeo: Client, server: PierheadServer, session: ManagementSession, owner: Account, stranger: Account, images: ImageLayout
) -> None:
    session.create_organization("harbour")
    image = f"docker://{server.address}/harbour/tools/crane:v1"

    skopeo.run("copy", "--dest-creds", owner.credentials, images.reference("one"), image)

    assert Registry(server.url, owner).tags("harbour/tools/crane") == ["v1"]
    assert "denied" in skopeo.fail("inspect", "--creds", stranger.credentials, image)


def test_a_namespace_must_exist_before_anybody_pushes_to_it(
    skopeo: Client, server: PierheadServer, owner: Account, images: ImageLayout
) -> None:
    push = ("copy", "--dest-creds", owner.credentials, images.reference("one"))
    said = skopeo.fail(*push, f"docker://{server.address}/nowhere/image:v1")
    assert re.search(r"denied|403 \(Forbidden\)", said), said
