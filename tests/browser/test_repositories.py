"""Repositories and their tags as people meet them (specification chapters S1, S2 and S7; wording of the UI design, section 12)."""

import re
import subprocess

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, copied
from tests.browser.push import Pusher
from tests.services.server import PierheadServer


def menu(page: Page, tag: str, action: str) -> None:
    """Choose from the gear menu of a tag."""
    page.get_by_role("button", name=f"Actions for {tag}", exact=True).click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def test_an_image_repository_is_created_from_the_plus_menu_of_any_page(open_page: OpenPage) -> None:
    """S1.2 to S1.8: + at the top right, New Repository, Container Image Repository, name, Create Repository; it starts empty."""
    page = open_page("alan", "/organization")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("menuitem", name="New Repository").click()
    expect(page.get_by_label("Container Image Repository")).to_be_checked()
    page.get_by_label("Repository name").fill("made-by-hand")
    page.get_by_role("button", name="Create Repository").click()
    expect(page).to_have_url(re.compile("/repository/alan/made-by-hand$"))
    page.get_by_role("tab", name="Tags").click()
    expect(page.get_by_text("No tags yet")).to_be_visible()
    assert page.get_by_label(re.compile(r"docker push 127\.0\.0\.1")).count() >= 1


def test_an_application_repository_is_created_from_the_plus_menu(open_page: OpenPage) -> None:
    """S1.12 to S1.15."""
    page = open_page("alan", "/")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("menuitem", name="New Repository").click()
    page.get_by_label("Application Repository").check()
    page.get_by_label("Repository name").fill("charts")
    page.get_by_role("button", name="Create Repository").click()
    expect(page).to_have_url(re.compile("/repository/alan/charts$"))
    page.get_by_role("tab", name="Packages").click()
    expect(page.get_by_text("No releases yet")).to_be_visible()


def test_a_name_that_exists_is_refused_and_what_was_typed_stays(open_page: OpenPage, push: Pusher, repository: str) -> None:
    push(repository, "latest")
    page = open_page("grace", "/new")
    short = repository.partition("/")[2]
    page.get_by_label("Repository name").fill(short)
    page.get_by_role("button", name="Create Repository").click()
    expect(page.get_by_text("Repository already exists")).to_be_visible()
    expect(page.get_by_label("Repository name")).to_have_value(short)


def test_the_tags_page_shows_what_was_pushed(open_page: OpenPage, push: Pusher, repository: str) -> None:
    push(repository, "v1")
    push(repository, "many", "multi")
    page = open_page("grace", f"/repository/{repository}?tab=tags")
    for header in ("Tag", "Platforms", "Size", "Last Modified", "Expires", "Last Pulled", "Pull Count", "Digest"):
        expect(page.get_by_role("columnheader", name=header, exact=True)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="many")).to_contain_text("linux/arm64")
    page.get_by_label("Filter tags").fill("man")
    expect(page.get_by_role("link", name="v1", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="many", exact=True)).to_be_visible()


def test_a_new_tag_is_added_and_an_existing_one_moves_with_a_warning_and_undo(open_page: OpenPage, push: Pusher, repository: str) -> None:
    """S2: gear, Add New Tag; a name that exists asks to move it."""
    push(repository, "v1", "one")
    push(repository, "v2", "two")
    page = open_page("grace", f"/repository/{repository}?tab=tags")

    menu(page, "v1", "Add New Tag")
    page.get_by_label("Name of the tag").fill("stable")
    page.get_by_role("dialog").get_by_role("button", name="Add New Tag").click()
    expect(page.get_by_role("link", name="stable", exact=True)).to_be_visible()

    menu(page, "v2", "Add New Tag")
    page.get_by_label("Name of the tag").fill("stable")
    expect(page.get_by_text("stable exists. It moves from")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Move tag").click()
    expect(page.get_by_text("Moved stable.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()


def test_a_deleted_tag_comes_back_by_undo(open_page: OpenPage, push: Pusher, repository: str) -> None:
    """S2: gear, Delete Tag."""
    push(repository, "v1")
    page = open_page("grace", f"/repository/{repository}?tab=tags")
    menu(page, "v1", "Delete Tag")
    expect(page.get_by_text("Deleted v1.")).to_be_visible()
    expect(page.get_by_text("No tags yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="v1", exact=True)).to_be_visible()


def test_the_history_restores_a_tag_to_an_earlier_digest(open_page: OpenPage, push: Pusher, repository: str) -> None:
    """S2: Actions, View Tags History, Restore."""
    push(repository, "v1", "one")
    push(repository, "v1", "two")
    page = open_page("grace", f"/repository/{repository}?tab=tags")
    digest = page.get_by_role("row").filter(has_text="v1").locator("code").inner_text()
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="View Tags History").click()
    history = page.get_by_role("list", name="Tag History")
    expect(history.get_by_role("listitem")).to_have_count(2)
    history.get_by_role("button", name=re.compile("^Restore v1")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored v1.")).to_be_visible()
    page.get_by_role("tab", name="Tags", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="v1").locator("code")).not_to_have_text(digest)


def test_fetch_tag_makes_the_squash_command_for_a_robot(open_page: OpenPage, server: PierheadServer, push: Pusher, repository: str) -> None:
    """S7.2 to S7.8 and S7.12: the icon at the left, the dialog, Squashed Docker Image, a robot, Copy Command; the command works."""
    push(repository, "v1")
    page = open_page("grace", "/user/grace?tab=robots")
    robot = "puller" + str(abs(hash(repository)) % 100_000)
    page.get_by_role("button", name="Create Robot Account").first.click()
    page.get_by_label("Robot name").fill(robot)
    page.get_by_role("dialog").get_by_role("button", name="Create Robot Account").click()
    expect(page.get_by_text(f"Credentials for grace+{robot}")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    page.goto(f"/repository/{repository}?tab=tags")
    page.get_by_role("button", name="Fetch Tag v1").click()
    page.get_by_label("Format").select_option(label="Squashed Docker Image")
    page.get_by_label("Pull with").select_option(label=f"grace+{robot}")
    expect(page.get_by_text(f"grace+{robot} may not read this repository")).to_be_visible()
    expect(page.get_by_label("Command", exact=True)).to_contain_text("••••")
    page.get_by_role("button", name="Copy Command").click()
    command = copied(page)
    assert command.startswith("curl ")
    assert command.endswith("| docker load")

    page.goto(f"/repository/{repository}?tab=settings")
    page.get_by_role("button", name="Add Permission").click()
    page.get_by_label("User, robot or team").fill(f"grace+{robot}")
    page.get_by_role("dialog").get_by_role("button", name="Add Permission").click()
    expect(page.get_by_role("gridcell", name=f"grace+{robot}", exact=True)).to_be_visible()

    downloaded = subprocess.run(
        ["sh", "-c", command.replace("docker load", "tar -tf -")], capture_output=True, text=True, check=False, timeout=60
    )
    assert downloaded.returncode == 0, downloaded.stderr
    assert "manifest.json" in downloaded.stdout


def test_a_repository_is_made_public_and_deleted_after_its_name_was_typed(open_page: OpenPage, push: Pusher, repository: str) -> None:
    push(repository, "v1")
    page = open_page("grace", f"/repository/{repository}?tab=settings")
    page.get_by_role("button", name="Make public").click()
    expect(page.get_by_role("button", name="Make private")).to_be_visible()
    page.get_by_role("button", name="Delete Repository").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Delete Repository")
    expect(confirm).to_be_disabled()
    page.get_by_label("Type to confirm").fill(repository)
    confirm.click()
    expect(page).to_have_url(re.compile("/repository$"))
    expect(page.get_by_text(f"Deleted {repository}.")).to_be_visible()


def test_a_private_repository_is_not_shown_to_strangers(open_page: OpenPage, push: Pusher, repository: str) -> None:
    push(repository, "v1")
    page = open_page("alan", f"/repository/{repository}")
    expect(page.get_by_role("heading", name="Danger alert")).to_be_visible()
    expect(page.get_by_role("tab", name="Tags")).to_have_count(0)
