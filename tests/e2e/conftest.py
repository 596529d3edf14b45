"""What the tests with real clients share: one server, its accounts, images without a network, and the clients themselves."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Account, Client
from tests.e2e.web import Registry
from tests.services.containers_conf import containers_environment, remove_containers_folder
from tests.services.docker_engine import DockerEngine
from tests.services.go_tools import require_go_tool
from tests.services.images import ImageLayout, pack_busybox, pack_files
from tests.services.server import PASSWORD, PierheadServer
from tests.services.tools import require_tool

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives real clients."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the servers said beside the test that failed."""
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        for name in ("server", "docker_engine"):
            service = getattr(item, "funcargs", {}).get(name)
            if isinstance(service, PierheadServer | DockerEngine):
                report.sections.append((f"log of {name}", service.log_tail()))  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PierheadServer]:
    """A running Pierhead with the accounts `owner` and `stranger`."""
    with PierheadServer(tmp_path_factory.mktemp("pierhead")) as running:
        for name in ("owner", "stranger"):
            running.create_user(name)
        yield running


@pytest.fixture
def owner() -> Account:
    """Whose namespace the tests push to."""
    return Account("owner", PASSWORD)


@pytest.fixture
def stranger() -> Account:
    """Somebody with an account, and no right to anything of the owner's."""
    return Account("stranger", PASSWORD)


@pytest.fixture
def registry(server: PierheadServer, owner: Account) -> Registry:
    """`/v2` for the owner, to see what a client has done."""
    return Registry(server.url, owner)


@pytest.fixture
def repository(request: pytest.FixtureRequest, owner: Account) -> str:
    """A repository of this test's own, which does not exist yet."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")
    return f"{owner.name}/{name}"


@pytest.fixture
def name(server: PierheadServer, repository: str) -> str:
    """How clients name the test's repository."""
    return f"{server.address}/{repository}"


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> ImageLayout:
    """`one` (two layers), `two` (the lower one shared), `plain` (not compressed), `busybox` (it runs), `multi` (two platforms)."""
    layout = ImageLayout(tmp_path_factory.mktemp("images") / "layout")
    base = pack_files({"etc/os-release": b"ID=test\n", "data/numbers": bytes(range(256)) * 512})
    layout.add_image(base, pack_files({"app/name": b"one"}), tag="one", labels={"org.example.name": "one"})
    layout.add_image(base, pack_files({"app/name": b"two"}), tag="two")
    layout.add_image(base, tag="plain", compressed=False)
    layout.add_image(pack_busybox(), tag="busybox", command=("echo", "it runs"))
    children = [layout.add_image(base, pack_files({"app/name": word.encode()}), platform=word) for word in ("linux/amd64", "linux/arm64")]
    layout.add_index(*children, tag="multi", annotations={"org.example.kind": "many"})
    return layout


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path: runtimes make sockets and mounts in it."""
    folder = Path(tempfile.mkdtemp(prefix="phe-", dir="/tmp"))
    yield folder
    remove_containers_folder(folder)


@pytest.fixture(scope="session")
def containers(short_folder: Path, server: PierheadServer) -> dict[str, str]:
    """The environment of podman, buildah and skopeo."""
    return containers_environment(short_folder, registry=server.address)


@pytest.fixture
def skopeo(tmp_path: Path, containers: dict[str, str]) -> Client:
    """The client skopeo."""
    # Unlike podman and buildah it does not read CONTAINERS_REGISTRIES_CONF.
    options = ("--insecure-policy", "--registries-conf", containers["CONTAINERS_REGISTRIES_CONF"])
    return Client(require_tool("skopeo", package="Debian: skopeo"), tmp_path / "home", containers, options)


@pytest.fixture
def podman(tmp_path: Path, containers: dict[str, str]) -> Client:
    """The client podman."""
    return Client(require_tool("podman", package="Debian: podman"), tmp_path / "home", containers)


@pytest.fixture
def buildah(tmp_path: Path, containers: dict[str, str]) -> Client:
    """The client buildah."""
    return Client(require_tool("buildah", package="Debian: buildah"), tmp_path / "home", containers)


@pytest.fixture
def crane(tmp_path: Path) -> Client:
    """The client crane."""
    return Client(require_go_tool("crane"), tmp_path / "home", options=("--insecure",))


@pytest.fixture
def oras(tmp_path: Path) -> Client:
    """The client oras."""
    return Client(require_go_tool("oras"), tmp_path / "home")


@pytest.fixture
def helm(tmp_path: Path) -> Client:
    """The client helm."""
    return Client(require_go_tool("helm"), tmp_path / "home")


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """A running Docker Engine."""
    engine = DockerEngine()
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def docker(tmp_path: Path, docker_engine: DockerEngine) -> Client:
    """The client docker, in front of the engine of the tests; the classic builder, since BuildKit is a plug-in of newer clients."""
    environment = {"DOCKER_HOST": docker_engine.host, "DOCKER_BUILDKIT": "0"}
    return Client(require_tool("docker", package="Debian: docker.io"), tmp_path / "home", environment)
