"""Conventions of the REST API's paths and values (api-v1, section 3)."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter

_FALSE = frozenset({"false", "False", "FALSE", "0", "null", ""})


class ApiRouter(APIRouter):
    """A router whose paths answer with and without a slash at the end, neither by a redirect. The form that is written is documented."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Register both forms."""
        super().add_api_route(path, endpoint, **options)
        other = path[:-1] if path.endswith("/") else path + "/"
        super().add_api_route(other, endpoint, **{**options, "include_in_schema": False})


def parse_flag(text: str | None, *, default: bool) -> bool:
    """A boolean query value: whatever is not one of the words for false is true."""
    return default if text is None else text not in _FALSE


def format_date(moment: datetime | None) -> str | None:
    """RFC 2822 in UTC with `-0000`, as most dates of the API."""
    return None if moment is None else format_datetime(moment.replace(tzinfo=None))
