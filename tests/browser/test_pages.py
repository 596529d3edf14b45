"""What holds for every page: accessible by axe, few calls, no complaints, usable on narrow screens and in the dark."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, sign_in
from tests.browser.push import Pusher
from tests.services.server import PASSWORD
from tests.services.tools import ROOT, refuse_test

_AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_PAGES = [
    "/", "/repository", "/new", "/organization", "/organizations/new/", "/search?q=boat", "/user/ada?tab=robots", "/user/ada?tab=settings", "/user/ada?tab=logs",
    "/organization/fleet", "/organization/fleet?tab=teams", "/organization/fleet?tab=robots", "/organization/fleet?tab=prototypes", "/organization/fleet?tab=settings",
    "/organization/fleet/teams/owners", "/repository/ada/boat", "/repository/ada/boat?tab=tags", "/repository/ada/boat?tab=history", "/repository/ada/boat?tab=logs",
    "/repository/ada/boat?tab=settings", "/repository/ada/boat/tag/v1", "/repository/ada/boat/tag/v1?tab=layers", "/repository/ada/boat/tag/v1?tab=manifest",
    "/admin", "/admin?tab=jobs", "/admin?tab=messages", "/admin?tab=logs", "/admin?tab=health", "/admin?tab=organizations", "/nothing/here/at/all",
]  # fmt: skip
_MOST_CALLS = 6
_NARROW = 390  # pixels


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which comes with the packages of the UI's build."""
    if not _AXE.exists():
        refuse_test("web-ui", package="make ui, with node 20.19 or newer")
    return _AXE.read_text()


def settle(page: Page) -> None:
    """Wait until the page has what it asked for."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Loading")).to_have_count(0)


def measure_narrow(page: Page) -> int:
    """How wide the page is on a narrow screen, once the navigation has moved out of the way."""
    wide = 0
    page.set_viewport_size({"width": _NARROW, "height": 800})
    for _ in range(50):
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide <= _NARROW:
            break
        # The policy of the pages forbids what would wait for an expression.
        page.wait_for_timeout(100)
    return wide


def find_serious(page: Page, axe: str) -> list[str]:
    """What axe finds that is serious or worse."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_every_page_is_accessible_quick_to_load_and_fits_narrow_screens(open_page: OpenPage, push: Pusher, axe: str) -> None:
    push("ada/boat", "v1")
    page = open_page("ada", "/organizations/new/")
    page.get_by_label("Organization name").fill("fleet")
    page.get_by_role("button", name="Create Organization").click()
    expect(page.get_by_role("heading", name="fleet")).to_be_visible()
    problems: list[str] = []
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if "/api/" in request.url else None)
    for path in _PAGES:
        calls.clear()
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        settle(page)
        problems += [f"{path}: {problem}" for problem in find_serious(page, axe)]
        # The page itself; what the frame asks once (who am I, messages) comes with the first page only.
        if len(calls) > _MOST_CALLS:
            problems.append(f"{path}: {len(calls)} calls: {calls}")
        wide = measure_narrow(page)
        if wide > _NARROW:
            problems.append(f"{path}: {wide} pixels wide on a screen of {_NARROW}")
    assert problems == []


def test_dark_pages_are_accessible_too(open_page: OpenPage, axe: str) -> None:
    page = open_page("grace", "/", dark=True)
    expect(page.locator("html.pf-v6-theme-dark")).to_have_count(1)
    for path in ("/", "/new", "/user/grace?tab=settings"):
        page.goto(path)
        settle(page)
        assert find_serious(page, axe) == []


def test_a_page_without_the_session_asks_to_sign_in_and_returns(open_page: OpenPage) -> None:
    page = open_page(None, "/user/grace?tab=robots")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or e-mail").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("tab", name="Robot Accounts")).to_be_visible()


def test_a_wrong_password_is_told_and_the_name_stays(open_page: OpenPage) -> None:
    page = open_page(None, "/signin")
    page.get_by_label("Username or e-mail").fill("grace")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Invalid Username or Password")).to_be_visible()
    expect(page.get_by_label("Username or e-mail")).to_have_value("grace")


def test_the_search_box_takes_the_focus_by_keys(open_page: OpenPage, push: Pusher, repository: str) -> None:
    push(repository, "v1")
    page = open_page("grace", "/")
    page.keyboard.press("Control+k")
    page.keyboard.type(repository.partition("/")[2])
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=repository)).to_be_visible()


def test_signing_out_ends_the_session(open_page: OpenPage) -> None:
    page = open_page("grace", "/")
    page.get_by_role("button", name="User menu").click()
    page.get_by_role("menuitem", name="Logout").click()
    expect(page.get_by_label("Username or e-mail")).to_be_visible()
    sign_in(page, "grace")


def test_pages_come_with_a_strict_policy_and_are_kept_by_their_hash(open_page: OpenPage) -> None:
    page = open_page(None, "/signin")
    answer = page.request.get("/")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    script = page.locator("script[src]").first.get_attribute("src")
    assert script is not None
    kept = page.request.get(script)
    assert "immutable" in kept.headers["cache-control"]
