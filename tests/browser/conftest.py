"""A real server with the built UI, a real Chromium, and a watch over what pages ask of the server and complain about."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from pierhead.cli.openapi_document import make_document
from tests.browser.push import Pusher
from tests.services.containers_conf import containers_environment
from tests.services.images import ImageLayout, pack_files
from tests.services.server import PASSWORD, PierheadServer
from tests.services.tools import ROOT, refuse_test, require_tool

_HERE = Path(__file__).parent
_BUILT = ROOT / "src" / "pierhead" / "static" / "ui" / "index.html"
_BESIDE_THE_API = frozenset({"/csrf_token", "/config", "/health/instance"})
_PATIENCE = 20_000  # milliseconds that a page may take on a machine that does much else


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PierheadServer]:
    """A running Pierhead with the superuser `ada` and the users `grace` and `alan`."""
    if not _BUILT.exists():
        refuse_test("web-ui", package="make ui, with node 20.19 or newer")
    require_tool("chromium", package="Debian: chromium")
    with PierheadServer(tmp_path_factory.mktemp("pierhead")) as running:
        running.create_user("ada", superuser=True)
        for name in ("grace", "alan"):
            running.create_user(name)
        yield running


@pytest.fixture(scope="module")
def browser(server: PierheadServer) -> Iterator[Browser]:
    """Chromium without a window. Its driver's event loop runs in this thread, where other tests want to run theirs: it ends with the module."""
    expect.set_options(timeout=_PATIENCE)
    chromium = require_tool("chromium", package="Debian: chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def operations() -> list[re.Pattern[str]]:
    """Every operation of the OpenAPI document: the method and a pattern of its path."""
    found = []
    for path, methods in make_document()["paths"].items():
        pattern = re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(path.rstrip("/")))
        found += [re.compile(f"{method.upper()} {pattern}/?") for method in methods]
    return found


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: PierheadServer, operations: list[re.Pattern[str]]) -> Iterator[OpenPage]:
    """Opens a page in a browser profile of its own, signed in when a name is given. At the end no page may have complained."""
    complaints: list[str] = []
    calls: list[str] = []
    contexts = []

    def hear(message: ConsoleMessage) -> None:
        # A refused call is for the page to explain; Chromium reports it besides.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def note(request: Request) -> None:
        path = request.url.removeprefix(server.url).partition("?")[0]
        if request.resource_type in ("fetch", "xhr"):
            calls.append(f"{request.method} {path}")

    def open_one(name: str | None = None, path: str = "/", *, width: int = 1440, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", note)
        if name is not None:
            sign_in(page, name)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    unknown = [
        call for call in calls if call.partition(" ")[2] not in _BESIDE_THE_API and not any(each.fullmatch(call) for each in operations)
    ]
    assert (complaints, unknown) == ([], [])


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> ImageLayout:
    """`one` and `two`, and `multi` for two platforms."""
    layout = ImageLayout(tmp_path_factory.mktemp("images") / "layout")
    base = pack_files({"etc/os-release": b"ID=test\n"})
    for word in ("one", "two"):
        layout.add_image(base, pack_files({"app/name": word.encode()}), tag=word, labels={"org.example.name": word})
    children = [layout.add_image(base, pack_files({"app/name": word.encode()}), platform=word) for word in ("linux/amd64", "linux/arm64")]
    layout.add_index(*children, tag="multi")
    return layout


@pytest.fixture
def push(server: PierheadServer, images: ImageLayout, tmp_path: Path) -> Pusher:
    """Pushes one of the images under a name and tag, with skopeo."""
    environment = containers_environment(tmp_path / "skopeo", registry=server.address)
    return Pusher(server.address, images, environment, PASSWORD)


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """A repository of grace's for this test alone, which does not exist yet."""
    return "grace/" + re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:100]


def sign_in(page: Page, name: str) -> None:
    """Sign in by the form, as people do."""
    page.goto("/signin")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="User menu")).to_be_visible(timeout=_PATIENCE)


def copied(page: Page) -> str:
    """What lies in the clipboard."""
    text: Any = page.evaluate("navigator.clipboard.readText()")
    return str(text)
