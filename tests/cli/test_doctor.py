"""`pierhead doctor` tells what is wrong and what to do, and fails only when Pierhead cannot work."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pierhead.cli import main

CLOSED_PORT_URL = "postgresql://ada:swordfish@127.0.0.1:1/pierhead"


def _findings(folder: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(main, ["doctor", "--json", "--data", str(folder)])
    report = json.loads(result.output)
    assert report["ready"] is (result.exit_code == 0)
    return result.exit_code, {finding["subject"]: finding for finding in report["findings"]}


def test_a_fresh_folder_is_good_and_stays_untouched(tmp_path: Path) -> None:
    code, findings = _findings(tmp_path / "data")

    assert code == 0
    assert findings["data folder"]["verdict"] == "good"
    assert findings["schema"]["remedy"] == "`pierhead serve` or `pierhead migrate` makes them"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_wrong() -> None:
    code, findings = _findings(Path("/proc/pierhead"))

    assert code == 1
    assert "PIERHEAD_DATA_DIR" in findings["data folder"]["remedy"]


def test_a_database_that_does_not_answer_is_wrong_and_its_password_stays_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_DATABASE_URL", CLOSED_PORT_URL)
    code, findings = _findings(tmp_path)

    assert code == 1
    assert findings["database"]["verdict"] == "wrong"
    assert "swordfish" not in str(findings)


def test_the_blob_store_of_an_existing_folder_is_probed(tmp_path: Path) -> None:
    _, findings = _findings(tmp_path)

    assert findings["blob store"]["detail"] == "local: wrote, read and deleted a probe"


def test_an_unencrypted_public_address_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_PUBLIC_URL", "http://registry.example.com")
    code, findings = _findings(tmp_path)

    assert code == 0
    assert findings["public URL"]["verdict"] == "warning"


def test_invalid_settings_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_DATABASE_URL", "mysql://localhost/pierhead")
    code, findings = _findings(tmp_path)

    assert code == 1
    assert "database.url" in findings["settings"]["detail"]


def test_a_missing_optional_program_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, findings = _findings(tmp_path)

    assert code == 0
    assert findings["git"]["remedy"] == "apt-get install git"


def test_a_database_of_this_version_is_good_and_one_of_a_newer_version_is_wrong(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["migrate", "--data", str(tmp_path)]).exit_code == 0
    code, findings = _findings(tmp_path)
    assert (code, findings["schema"]["verdict"]) == (0, "good")

    with closing(sqlite3.connect(tmp_path / "pierhead.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    code, findings = _findings(tmp_path)
    assert (code, findings["schema"]["verdict"]) == (1, "wrong")


def test_people_get_a_page_to_read(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_DATABASE_URL", database_url)
    result = CliRunner().invoke(main, ["doctor", "--data", str(tmp_path)])

    assert result.exit_code == 0, result.output
    assert result.output.startswith("Needed\n")
    assert result.output.endswith("Pierhead can run here.\n")
