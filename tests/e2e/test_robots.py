"""Robot accounts: programs log in by a token, with no more rights than they were given."""

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import ManagementSession, Registry
from tests.services.images import ImageLayout
from tests.services.server import PASSWORD, PierheadServer


@pytest.fixture(scope="session")
def robot(server: PierheadServer) -> Account:
    """A robot of the owner's, without any permission."""
    from_browser = ManagementSession(server.url, Account("owner", PASSWORD))
    return from_browser.create_robot("ci")


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
