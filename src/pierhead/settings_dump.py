"""Every setting as superusers may see it: secrets are masked, only their length is told."""

import os
import re
from collections.abc import Mapping
from typing import Any

from pierhead.settings import Settings

_SECRET = re.compile(r"(?:secret|password|token|secret_key)$")
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@:]*):([^/@]+)@")
_PREFIX = "PIERHEAD_"


def dump_settings(settings: Settings) -> dict[str, Any]:
    """What `GET /superuser/config` answers: the settings in force, names that nobody knows, the environment, and the schema."""
    known = _list_environment_names(settings)
    environment = {name: _mask(name.lower(), value) for name, value in sorted(os.environ.items()) if name.startswith(_PREFIX)}
    return {
        "config": _mask_section(settings.model_dump(mode="json")),
        "warning": {name: value for name, value in environment.items() if not name.startswith(known)},
        "env": environment,
        "schema": Settings.model_json_schema(),
    }


def _mask_section(section: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _mask_section(value) if isinstance(value, Mapping) else _mask(name, value) for name, value in section.items()}


def _mask(name: str, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    if _SECRET.search(name):
        return _hide(value)
    # Tables of named sections come from the environment as JSON, with whatever secrets are in it.
    if value.lstrip().startswith("{"):
        return _hide(value)
    return _PASSWORD_IN_URL.sub(lambda found: f"{found[1]}:{_hide(found[2])}@", value)


def _hide(secret: str) -> str:
    return f"**** ({len(secret)})"


def _list_environment_names(settings: Settings) -> tuple[str, ...]:
    names = [_PREFIX + "CONFIG", _PREFIX + "SERVE_WITH_WORKER"]
    for name, value in settings.model_dump(mode="json").items():
        fields = value if isinstance(value, dict) else {}
        names += [f"{_PREFIX}{name}_{field}".upper() for field in fields] or [f"{_PREFIX}{name}".upper()]
    return tuple(names)
