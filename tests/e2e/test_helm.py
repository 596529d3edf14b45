"""helm: charts as OCI artifacts."""

import re
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.server import PierheadServer


@pytest.fixture
def helm_in(helm: Client, server: PierheadServer, owner: Account) -> Client:
    """helm, logged in as the owner."""
    helm.run("registry", "login", "--plain-http", "-u", owner.name, "--password-stdin", server.address, given=owner.password)
    return helm


@pytest.fixture
def package(helm: Client, tmp_path: Path) -> Path:
    """A packed chart `hello`, version 1.2.3+build.4 (a tag cannot hold the plus sign)."""
    chart = tmp_path / "hello"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: hello\nversion: 1.2.3+build.4\ndescription: Says hello\n")
    (chart / "templates" / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n")
    helm.run("package", chart, "-d", tmp_path)
    return tmp_path / "hello-1.2.3+build.4.tgz"


def test_helm_logs_in_and_out(helm: Client, server: PierheadServer, owner: Account) -> None:
    login = ("registry", "login", "--plain-http", "-u", owner.name, "--password-stdin", server.address)
    helm.run(*login, given=owner.password)
    helm.run("registry", "logout", server.address)


def test_helm_is_told_that_the_password_is_wrong(helm: Client, server: PierheadServer, owner: Account) -> None:
    login = ("registry", "login", "--plain-http", "-u", owner.name, "--password-stdin", server.address)
    assert "401" in helm.fail(*login, given="not the password")


def test_helm_pushes_and_pulls_a_chart(
    helm_in: Client, name: str, package: Path, registry: Registry, repository: str, tmp_path: Path
) -> None:
    helm_in.run("push", "--plain-http", package, f"oci://{name}")
    helm_in.run("pull", "--plain-http", f"oci://{name}/hello", "--version", "1.2.3+build.4", "-d", tmp_path / "home")

    assert (tmp_path / "home" / package.name).read_bytes() == package.read_bytes()
    assert registry.tags(f"{repository}/hello") == ["1.2.3_build.4"]


def test_helm_shows_and_renders_a_chart_of_the_registry(helm_in: Client, name: str, package: Path) -> None:
    helm_in.run("push", "--plain-http", package, f"oci://{name}")

    assert "Says hello" in helm_in.run("show", "chart", "--plain-http", f"oci://{name}/hello")
    assert "name: greeting" in helm_in.run("template", "greeting", "--plain-http", f"oci://{name}/hello")


def test_helm_cannot_pull_a_private_chart_without_an_account(helm_in: Client, name: str, package: Path, tmp_path: Path) -> None:
    helm_in.run("push", "--plain-http", package, f"oci://{name}")
    said = helm_in.at_home(tmp_path / "elsewhere").fail("pull", "--plain-http", f"oci://{name}/hello", "--version", "1.2.3+build.4")
    assert re.search(r"401|unauthorized|denied", said), said
