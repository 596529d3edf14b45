"""What routes about tags ask for beside the caller."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request

from pierhead.access.api.config import Announced
from pierhead.access.api.dependencies import Services
from pierhead.platform.errors import Invalid, NotFound
from pierhead.registry.model.errors import RegistryReadOnly
from pierhead.registry.model.names import TagName, parse_tag_name
from pierhead.registry.model.rules import TagRules

_PURPOSE = "page-of-tags"
_CURSOR_SECONDS = 2 * 24 * 3600
_MOST_SECONDS = 10**11


def find_rules(request: Request) -> TagRules:
    """The settings that the composition root put into the application's state as `tags`."""
    rules: TagRules = request.app.state.tags
    return rules


Rules = Annotated[TagRules, Depends(find_rules)]


def parse_tag_path(tag: str) -> TagName:
    """Raises TagInvalid."""
    return parse_tag_name(tag)


TagPath = Annotated[TagName, Depends(parse_tag_path)]


def refuse_while_read_only(announced: Announced) -> None:
    """Raises RegistryReadOnly."""
    if announced.is_read_only:
        raise RegistryReadOnly


WRITES = [Depends(refuse_while_read_only)]
"""Of routes that change something."""


def require_auto_prune(rules: Rules) -> None:
    """Raises NotFound while the feature is off."""
    if not rules.auto_prune:
        raise NotFound


def require_immutability(rules: Rules) -> None:
    """Raises NotFound while the feature is off."""
    if not rules.immutable:
        raise NotFound


Limit = Annotated[int, Query(ge=1, le=100)]


def open_cursor(services: Services, cursor: str | None = None) -> list[Any] | None:
    """What a cursor holds; None for the first page, which a cursor that is empty, old or not ours means too (api-v1, section 3.6)."""
    now = services.database.clock.now()
    text = services.secret_box.open_text(cursor or "", purpose=_PURPOSE, max_age_seconds=_CURSOR_SECONDS, now=now)
    return None if not text else msgspec.json.decode(text, type=list[Any])


Cursor = Annotated[list[Any] | None, Depends(open_cursor)]


def seal_cursor(services: Services, held: list[Any]) -> str:
    """The cursor of the page that begins there."""
    return services.secret_box.seal_text(msgspec.json.encode(held).decode(), purpose=_PURPOSE, now=services.database.clock.now())


def parse_moment(time: str) -> int:
    """Unix milliseconds of a time as Unix seconds or in ISO 8601; without a zone it is UTC. Raises Invalid."""
    try:
        if time.replace(".", "", 1).isdecimal():
            seconds = float(time)
            if seconds > _MOST_SECONDS:
                raise ValueError(time)
            return round(seconds * 1000)
        moment = datetime.fromisoformat(time.replace(" ", "+"))
        return (
            round(moment.timestamp() * 1000)
            if moment.tzinfo
            else round(datetime.fromisoformat(f"{moment.isoformat()}+00:00").timestamp() * 1000)
        )
    except (ValueError, OverflowError):
        raise Invalid("The time is written as 2026-11-24T09:30:00Z or as Unix seconds.") from None


Moment = Annotated[int, Depends(parse_moment)]
