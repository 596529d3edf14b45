"""How commands show what they found: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text for people.")

_GAP = "  "


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """One line for each row below a line of titles, or a JSON array of the rows."""
    if as_json:
        show_json(list(rows))
        return
    if not rows:
        click.echo("None.")
        return
    cells = [[title.upper() for title in columns], *([_write(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    for line in cells:
        click.echo(_GAP.join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(facts: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """A sentence for people, or its facts as a JSON object."""
    if as_json:
        show_json(facts)
    else:
        click.echo(text)


def show_json(value: Any) -> None:
    """Moments in ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=_encode))


def _write(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    # A description of several lines would tear the table.
    return " ".join(str(value).split())


def _encode(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")
