"""The command `pierhead` itself: help, version, and how errors of our own tree reach the terminal."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import pierhead
from pierhead.cli import main


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"pierhead, version {pierhead.__version__}\n"


def test_help_teaches_the_first_three_commands_and_lists_every_subcommand() -> None:
    output = CliRunner().invoke(main, ["--help"]).output

    for expected in ("pierhead serve --data ./var", "pierhead user create", "docker login 127.0.0.1:8080", "doctor"):
        assert expected in output


@pytest.mark.parametrize("name", main.list_commands(click.Context(main)))
def test_every_subcommand_exists_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: pierhead {name}")


def test_help_reads_no_subcommand() -> None:
    program = "import sys; from pierhead.cli import main; main(['--help'], standalone_mode=False); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"sqlalchemy", "fastapi", "pydantic", "pierhead.settings", "pierhead.cli.doctor"} & set(loaded)


def test_an_unknown_subcommand_is_refused_with_a_hint() -> None:
    result = CliRunner().invoke(main, ["sevre"])

    assert result.exit_code == 2
    assert "No such command 'sevre'" in result.output


def test_an_error_of_ours_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_JOBS_THREADS", "none")
    result = CliRunner().invoke(main, ["migrate"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The settings are invalid. jobs.threads: ")
    assert result.stderr.count("\n") == 1
