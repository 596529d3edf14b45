"""What the documents name exists: files they link to, settings, make targets, commands and their options."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from pierhead.cli import main
from pierhead.settings import Settings
from tests.house.source import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").rglob("*.md"), *(ROOT / "deploy").glob("*")])

_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
_SETTING = re.compile(r"\bPIERHEAD_[A-Z_]+[A-Z]")
_MAKE = re.compile(r"(?:^|`)make ([a-z][a-z-]+)", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|`|bin/|-- )pierhead ([a-z]+)((?: [^`\n#]*)?)", re.MULTILINE)

# Read outside the settings tree: which file to read, and what only tests ask for.
_OTHER_VARIABLES = {"PIERHEAD_CONFIG", "PIERHEAD_REQUIRE_TOOLS", "PIERHEAD_TOOLS", "PIERHEAD_TEST_DATABASE", "PIERHEAD_TEST_COMMAND"}

# Tables that people name themselves.
_NAMED_TABLES = ("PIERHEAD_OIDC_",)


@pytest.fixture(params=PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def page(request: pytest.FixtureRequest) -> Path:
    """Each document in turn."""
    found: Path = request.param
    return found


def _setting_names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        environment = f"{prefix}_{name.upper()}"
        if isinstance(field.default, BaseModel):
            yield from _setting_names(type(field.default), environment)
        else:
            yield environment


def test_links_lead_somewhere(page: Path) -> None:
    broken = [target for target in _LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert not broken


def test_settings_exist(page: Path) -> None:
    known = {*_setting_names(Settings, "PIERHEAD"), *_OTHER_VARIABLES}
    named = {name for name in _SETTING.findall(page.read_text()) if not name.startswith(_NAMED_TABLES)}
    assert named <= known


def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(_MAKE.findall(page.read_text())) <= targets


def test_commands_and_their_options_exist(page: Path) -> None:
    wrong = []
    for name, rest in _COMMAND.findall(page.read_text()):
        command: click.Command | None = main.get_command(click.Context(main), name)
        words = rest.split()
        if isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command = command.get_command(click.Context(command), words[0])
        if command is None:
            wrong.append(f"pierhead {name}{rest}: no such command")
            continue
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        wrong += [f"pierhead {name}: no option {word}" for word in words if word.startswith("--") and word not in known]
    assert not wrong, "\n".join(wrong)
