"""Everyday administration, as an administrator types it at the machine that runs the server."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.cli import main
from pierhead.cli.opening import open_database
from pierhead.repositories.create_repository import create_repository


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the user ada, who owns the organization harbour."""
    monkeypatch.chdir(tmp_path)
    for name in ("PIERHEAD_DATA_DIR", "PIERHEAD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    create = ("user", "create", "ada", "--email", "ada@example.com", "--password-stdin")
    assert run(folder, *create, text="correct-horse\n").exit_code == 0
    assert run(folder, "org", "create", "harbour", "--owner", "ada").output == "Created the organization harbour, owned by ada.\n"
    return folder


def run(data: Path, *words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(data)], input=text)


def read(data: Path, *words: str) -> Any:
    """What a command says to programs."""
    result = run(data, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_users_are_listed_and_deleted_after_a_question(data: Path) -> None:
    assert run(data, "org", "delete", "harbour", "--yes").exit_code == 0
    assert read(data, "user", "list") == [{"name": "ada", "email": "ada@example.com", "superuser": False, "enabled": True}]
    assert run(data, "user", "delete", "ada", text="n\n").exit_code == 1
    assert run(data, "user", "delete", "ada", "--yes").output == "ada is deleted.\n"
    assert run(data, "user", "list").output == "None.\n"


def test_an_organization_is_listed_and_deleted(data: Path) -> None:
    assert run(data, "org", "list").output == "NAME     EMAIL  ENABLED\nharbour  -      yes\n"
    assert run(data, "org", "delete", "harbour", "--yes").output == "harbour is deleted.\n"
    assert read(data, "org", "list") == []


def test_a_robot_gets_a_token_and_another(data: Path) -> None:
    first = run(data, "robot", "create", "harbour+ci", "--description", "builds the boats").output.strip()
    second = read(data, "robot", "regenerate", "harbour+ci")["token"]

    assert len(first) == len(second) == 64
    assert first != second
    (listed,) = read(data, "robot", "list", "harbour")
    assert (listed["name"], listed["description"], listed["last_used"]) == ("harbour+ci", "builds the boats", None)
    assert run(data, "robot", "delete", "harbour+ci", "--yes").exit_code == 0
    assert read(data, "robot", "list", "harbour") == []


def test_an_application_token_is_made_and_revoked(data: Path) -> None:
    made = read(data, "token", "create", "ada", "--title", "laptop", "--days", "3")
    assert len(made["token"]) == 120
    (listed,) = read(data, "token", "list", "ada")
    assert (listed["uuid"], listed["title"]) == (made["uuid"], "laptop")
    assert run(data, "token", "revoke", "ada", made["uuid"]).exit_code == 0
    assert read(data, "token", "list", "ada") == []


def test_a_quota_is_set_shown_changed_and_removed(data: Path) -> None:
    assert run(data, "quota", "set", "harbour", "50GiB", "--warn", "80", "--reject", "100").output == "harbour may hold 50.0 GiB.\n"
    shown = read(data, "quota", "show", "harbour")
    assert (shown["limit_bytes"], shown["warn_percent"], shown["reject_percent"], shown["used_bytes"]) == (50 * 1024**3, [80], 100, 0)

    assert run(data, "quota", "set", "harbour", "1GiB", "--reject", "90").exit_code == 0
    shown = read(data, "quota", "show", "harbour")
    assert (shown["limit_bytes"], shown["warn_percent"], shown["reject_percent"]) == (1024**3, [], 90)
    assert "1.0 GiB" in run(data, "quota", "show", "harbour").output

    assert run(data, "quota", "remove", "harbour").exit_code == 0
    assert read(data, "quota", "show", "harbour")["limit_bytes"] is None
    assert run(data, "quota", "remove", "harbour").exit_code == 1


def test_messages_are_posted_and_taken_back(data: Path) -> None:
    uuid = read(data, "message", "post", "Maintenance on Sunday", "--severity", "warning")["uuid"]
    (listed,) = read(data, "message", "list")
    assert listed == {"uuid": uuid, "severity": "warning", "media_type": "text/plain", "content": "Maintenance on Sunday"}
    assert run(data, "message", "delete", uuid).exit_code == 0
    assert run(data, "message", "delete", uuid).exit_code == 1


def test_repositories_are_listed_shown_to_everybody_and_deleted(data: Path) -> None:
    with open_database(data) as database:
        database.write_now(create_repository, Identity(IdentityKind.USER, "ada"), "harbour/app", is_public=False)

    expected = {"name": "harbour/app", "visibility": "private", "kind": "image", "state": "NORMAL", "size_bytes": 0}
    assert read(data, "repository", "list") == [expected]
    assert run(data, "repository", "visibility", "harbour/app", "public").output == "harbour/app is public.\n"
    assert read(data, "repository", "list", "--namespace", "harbour") == [{**expected, "visibility": "public"}]
    assert run(data, "repository", "delete", "harbour/app", "--yes").output == "harbour/app is deleted.\n"
    assert read(data, "repository", "list") == []


def test_a_server_without_repositories_lists_none(data: Path) -> None:
    assert read(data, "repository", "list") == []
    assert read(data, "repository", "list", "--namespace", "harbour") == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("org", "create", "new", "--owner", "absent"), "Error: There is no user 'absent'. `pierhead user list` shows all."),
        (("org", "delete", "absent", "--yes"), "Error: There is no organization 'absent'. `pierhead org list` shows all."),
        (("robot", "create", "ci"), "Error: A robot's name holds its namespace and a plus sign, such as harbour+ci."),
        (("robot", "create", "absent+ci"), "Error: There is neither a user nor an organization 'absent'."),
        (("robot", "regenerate", "harbour+ci"), "Error: There is no robot 'harbour+ci'. `pierhead robot list` shows those of a namespace."),
        (("token", "create", "absent", "--title", "x"), "Error: There is no user 'absent'. `pierhead user list` shows all."),
        (("token", "revoke", "ada", "absent"), "Error: ada has no token 'absent'. `pierhead token list ada` shows all."),
        (("repository", "delete", "harbour/absent", "--yes"), "Error: There is no repository 'harbour/absent'. `pierhead repository list` shows all."),
        (("repository", "visibility", "harbour/absent", "public"), "Error: There is no repository 'harbour/absent'. `pierhead repository list` shows all."),
        (("quota", "set", "absent", "1GiB"), "Error: There is neither a user nor an organization 'absent'."),
        (("quota", "set", "harbour", "much"), "Error: Invalid size 'much': use a number and a unit, such as 10 GiB."),
        (("message", "post", " "), "Error: A message has 1 to 4096 characters."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_line_and_exit_code_1(data: Path, words: tuple[str, ...], line: str) -> None:
    result = run(data, *words)
    assert (result.exit_code, result.output) == (1, line + "\n")


@pytest.mark.parametrize("group", ["user", "org", "robot", "token", "repository", "quota", "message"])
def test_every_group_teaches_by_an_example(group: str) -> None:
    result = CliRunner().invoke(main, [group, "--help"])
    assert result.exit_code == 0
    assert f"pierhead {group}" in result.output
