"""The requirements files pin every package by hash, name no address, and belong to pyproject.toml."""

import re
import tomllib

import pytest

from tests.house.source import ROOT

_FILES = ("requirements.txt", "requirements-dev.txt")
_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)", re.MULTILINE)


def _pins(file: str) -> dict[str, str]:
    return {match["name"]: match["version"] for match in _PIN.finditer((ROOT / file).read_text())}


def _declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(name for extra in extras for name in project["optional-dependencies"][extra])]
    return {re.split(r"[\[<>=~! ;]", requirement)[0].lower() for requirement in wanted}


@pytest.mark.parametrize("file", _FILES)
def test_a_requirements_file_names_no_address(file: str) -> None:
    found = re.findall(r".*(?:://|--index-url|--extra-index-url|--find-links|--trusted-host).*", (ROOT / file).read_text())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("file", _FILES)
def test_every_package_is_pinned_with_hashes(file: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / file).read_text(), flags=re.MULTILINE)
    wrong = [entry.splitlines()[0] for entry in entries if entry.strip() and not (_PIN.match(entry) and "--hash=sha256:" in entry)]
    assert not wrong, "not pinned by hash: " + ", ".join(wrong)


def test_the_requirements_are_those_of_the_project() -> None:
    assert _declared("checkout") <= _pins("requirements.txt").keys(), "run make lock"
    assert _declared("checkout", "dev") <= _pins("requirements-dev.txt").keys(), "run make lock"


def test_developers_run_the_versions_that_users_run() -> None:
    users, developers = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert {name: developers.get(name) for name in users} == users, "run make lock"
