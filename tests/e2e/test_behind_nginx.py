"""Behind a reverse proxy: what the server answers leads clients back through the proxy, with TLS and without."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.nginx import Nginx
from tests.e2e.web import Registry
from tests.services.images import ImageLayout
from tests.services.server import PierheadServer


@pytest.fixture(scope="session")
def nginx(server: PierheadServer) -> Iterator[Nginx]:
    """The proxy in front of the server."""
    proxy = Nginx(server.url)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.stop()


def test_skopeo_pushes_and_pulls_through_a_proxy(
    skopeo: Client, nginx: Nginx, owner: Account, images: ImageLayout, repository: str, tmp_path: Path
) -> None:
    image = f"docker://{nginx.address}/{repository}:v1"
    skopeo.run("copy", "--all", "--dest-tls-verify=false", "--dest-creds", owner.credentials, images.reference("multi"), image)
    skopeo.run("copy", "--all", "--src-tls-verify=false", "--src-creds", owner.credentials, image, f"dir:{tmp_path / 'back'}")


def test_skopeo_pushes_and_pulls_through_a_proxy_that_ends_tls(
    skopeo: Client, nginx: Nginx, owner: Account, images: ImageLayout, repository: str, tmp_path: Path
) -> None:
    image = f"docker://{nginx.tls_address}/{repository}:v1"
    push = ("copy", "--all", "--dest-cert-dir", nginx.authority_folder, "--dest-creds", owner.credentials)
    skopeo.run(*push, images.reference("multi"), image)

    pull = ("copy", "--all", "--src-cert-dir", nginx.authority_folder, "--src-creds", owner.credentials)
    skopeo.run(*pull, image, f"dir:{tmp_path / 'back'}")

    seen = skopeo.run("list-tags", "--cert-dir", nginx.authority_folder, "--creds", owner.credentials, image.removesuffix(":v1"))
    assert json.loads(seen)["Tags"] == ["v1"]


def test_docker_pushes_and_pulls_through_a_proxy(docker: Client, nginx: Nginx, owner: Account, repository: str, tmp_path: Path) -> None:
    docker.run("login", "-u", owner.name, "--password-stdin", nginx.address, given=owner.password)
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    image = f"{nginx.address}/{repository}:v1"
    docker.run("build", "-q", "--network", "none", "-t", image, context)

    docker.run("push", image)
    docker.run("rmi", "-f", image)
    docker.run("pull", image)


def test_the_location_of_an_upload_leads_back_through_the_proxy(nginx: Nginx, owner: Account, repository: str) -> None:
    answer = Registry(f"http://{nginx.address}", owner).get(f"/v2/{repository}/blobs/uploads/", method="POST")

    assert answer.status == 202
    location = answer.headers["location"]
    assert location.startswith((f"/v2/{repository}/blobs/uploads/", f"http://{nginx.address}/v2/{repository}/blobs/uploads/"))


def test_the_challenge_names_the_address_of_the_proxy(nginx: Nginx) -> None:
    trusting = ssl.create_default_context(cafile=str(nginx.authority_folder / "ca.crt"))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"https://{nginx.tls_address}/v2/", timeout=30, context=trusting)
    with refused.value as answer:
        assert answer.code == 401
        assert f'realm="https://{nginx.tls_address}/v2/auth"' in answer.headers["WWW-Authenticate"]
