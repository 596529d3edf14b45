"""`pierhead user`, as an administrator types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pierhead.cli import main


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    for name in ("PIERHEAD_DATA_DIR", "PIERHEAD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


def run(data: Path, *words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["user", *words, "--data", str(data)], input=text)


def create(data: Path, name: str, *words: str, password: str = "correct-horse") -> Result:
    return run(data, "create", name, "--email", f"{name}@example.com", "--password-stdin", *words, text=password + "\n")


def test_a_user_is_created_in_a_new_folder_and_listed(data: Path) -> None:
    assert create(data, "ada", "--superuser").output == "Created the superuser ada.\n"
    assert create(data, "grace").exit_code == 0

    assert run(data, "list").output == (
        "NAME   EMAIL              SUPERUSER  ENABLED\nada    ada@example.com    yes        yes\ngrace  grace@example.com  no         yes\n"
    )


def test_the_password_is_asked_for_twice_at_a_terminal(data: Path) -> None:
    result = run(data, "create", "ada", "--email", "ada@example.com", text="correct-horse\ncorrect-horse\n")

    assert result.exit_code == 0
    assert "correct-horse" not in result.output


@pytest.mark.parametrize(
    ("name", "password", "line"),
    [
        ("ada", "correct-horse", "Error: A user or organization with this name already exists"),
        ("A", "correct-horse", "Error: Invalid user name 'A': use 2 to 255 lower-case letters"),
        ("bob", "short", "Error: Invalid password, password must be at least 8 characters"),
        ("api", "correct-horse", "Error: The name 'api' is reserved."),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_1(data: Path, name: str, password: str, line: str) -> None:
    create(data, "ada")
    result = create(data, name, password=password)

    assert result.exit_code == 1
    assert result.output.startswith(line)
    assert result.output.count("\n") == 1


def test_a_user_is_disabled_enabled_and_given_a_new_password(data: Path) -> None:
    create(data, "ada")

    assert run(data, "disable", "ada").output == "ada is disabled.\n"
    assert run(data, "list").output.splitlines()[1].split() == ["ada", "ada@example.com", "no", "no"]
    assert run(data, "enable", "ada").output == "ada is enabled.\n"
    assert run(data, "set-password", "ada", "--password-stdin", text="another-horse\n").output == "ada has a new password.\n"


@pytest.mark.parametrize("words", [("disable",), ("enable",), ("set-password", "--password-stdin")])
def test_a_user_that_does_not_exist_is_named_with_a_way_on(data: Path, words: tuple[str, ...]) -> None:
    result = run(data, words[0], "nobody", *words[1:], text="correct-horse\n")

    assert (result.exit_code, result.output) == (1, "Error: There is no user 'nobody'. `pierhead user list` shows all.\n")


@pytest.mark.parametrize("command", ["create", "list", "set-password", "disable", "enable"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(main, ["user", command, "--help"])

    assert result.exit_code == 0
    assert "--data" in result.output
