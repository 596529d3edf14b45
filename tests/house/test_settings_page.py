"""The reference page of the settings is complete and current, and every setting explains itself."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from pierhead.cli.settings_reference import render
from pierhead.settings import Settings, load_settings
from tests.house.source import ROOT


def _names(model: BaseModel, prefix: str = "PIERHEAD") -> Iterator[tuple[str, str | None]]:
    for name, field in type(model).model_fields.items():
        environment = f"{prefix}_{name.upper()}"
        if isinstance(field.default, BaseModel):
            yield from _names(field.default, environment)
        else:
            yield environment, field.description


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == render(), "run make docs"


def test_every_setting_explains_itself_in_a_sentence() -> None:
    silent = [name for name, description in _names(Settings.model_construct()) if not (description or "").rstrip(")`").endswith(".")]
    assert not silent, silent


def test_every_setting_stands_on_the_page_by_its_environment_name() -> None:
    page = render()
    assert [name for name, _ in _names(Settings.model_construct()) if f"| `{name}` |" not in page] == []


def test_the_names_that_are_promised_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIERHEAD_DATA_DIR", "/srv/pierhead")
    monkeypatch.setenv("PIERHEAD_DATABASE_URL", "postgresql://db/pierhead")
    monkeypatch.setenv("PIERHEAD_PUBLIC_URL", "https://registry.example.com/")
    monkeypatch.setenv("PIERHEAD_OUTBOUND_ALLOWED_HOSTS", "10.0.0.0/8, hooks.internal")

    settings = load_settings()

    assert str(settings.data_dir) == "/srv/pierhead"
    assert settings.database_url == "postgresql+psycopg://db/pierhead"
    assert settings.public_url == "https://registry.example.com"
    assert settings.outbound.allowed_hosts == ("10.0.0.0/8", "hooks.internal")
