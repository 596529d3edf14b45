"""Writes the reference page of all settings from the settings tree; `make docs` puts it at docs/settings.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pierhead.settings import GIB, MIB, Settings

_TOP = """# Settings

This page is generated from `src/pierhead/settings/` by `make docs`; a test keeps it current.

A setting comes from, the first that has it: an option of the command, the environment, the file `pierhead.toml` in the working
folder (`PIERHEAD_CONFIG` names another file), its default. In the file, the sections below are TOML tables:

```toml
public_url = "https://registry.example.com"

[database]
url = "postgresql://pierhead:password@db.example.com/pierhead"
```

A wrong value stops the start with a message that names the setting. `pierhead doctor` checks them without starting anything.
"""
_UNITS = ((GIB, "GiB"), (MIB, "MiB"))
_TABLE_HEAD = ("| setting | environment | default | meaning |", "|---|---|---|---|")


def render() -> str:
    """The page, in Markdown."""
    return "\n".join([_TOP, *_render_fields(Settings, ()), ""])


def _render_fields(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    """A table of the plain fields, then each section below its own heading."""
    sections = {name: field for name, field in model.model_fields.items() if isinstance(field.default, BaseModel)}
    yield from ("## " + (f"`[{'.'.join(path)}]`" if path else "General"), "", *_TABLE_HEAD)
    for name, field in model.model_fields.items():
        if name not in sections:
            yield _render_row((*path, name), field)
    for name, field in sections.items():
        yield ""
        yield from _render_fields(type(field.default), (*path, name))
    for name, field in model.model_fields.items():
        for kind in get_args(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield ""
                yield from _render_fields(kind, (*path, name, "<name>"))


def _render_row(path: tuple[str, ...], field: FieldInfo) -> str:
    # The fields of a named table come from the environment as one JSON object.
    environment = "PIERHEAD_" + "_".join(path[: path.index("<name>") + 1] if "<name>" in path else path).upper()
    meaning = re.sub(r"\s+", " ", field.description or "")
    return f"| `{path[-1]}` | `{environment}` | {_render_default(path[-1], field.default)} | {meaning}{_render_limits(field)} |"


def _render_default(name: str, value: object) -> str:
    if value is PydanticUndefined:
        return "needed"
    if value is None or value in ((), {}, ""):
        return "empty"
    if isinstance(value, tuple):
        return f"`{','.join(str(item) for item in value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int) and name.endswith("_bytes"):
        for size, unit in _UNITS:
            if value % size == 0:
                return f"`{value}` ({value // size} {unit})"
    return f"`{value if not isinstance(value, Path) else value.as_posix()}`"


def _render_limits(field: FieldInfo) -> str:
    limits = [f"{word} {getattr(rule, name)}" for rule in field.metadata for name, word in _LIMITS.items() if hasattr(rule, name)]
    return f" ({', '.join(limits)})" if limits else ""


_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


if __name__ == "__main__":
    click.echo(render(), nl=False)
