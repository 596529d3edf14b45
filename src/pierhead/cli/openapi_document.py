"""Writes the OpenAPI document of the management API; the build of the web UI makes its client from it."""

import json
from collections.abc import Iterable
from typing import Any

import click
from prometheus_client import Metric

from pierhead.platform.web.api import create_api
from pierhead.platform.web.errors import ErrorTable
from pierhead.platform.web.metrics import LiveFigures
from pierhead.routes import ERRORS, WORDS, list_routers


def make_document() -> dict[str, Any]:
    """The document as the server serves it, without a server."""
    routers = list_routers({}, {}, _find_revision, LiveFigures(_collect), None)
    return create_api(routers, ErrorTable(ERRORS), {}, WORDS).openapi()


async def _find_revision() -> str | None:
    return None


def _collect() -> Iterable[Metric]:
    return ()


if __name__ == "__main__":
    click.echo(json.dumps(make_document(), indent=1, sort_keys=True, ensure_ascii=False))
