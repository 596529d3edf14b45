"""Garbage collection; an addition of ours below `/superuser`."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from pierhead.access.api.dependencies import FreshUser, Services
from pierhead.access.api.routing import ApiRouter, format_date
from pierhead.administration import collector
from pierhead.administration.api.background_work import Schedules
from pierhead.registry.collector.totals import CollectorFigures

router = ApiRouter()


def view_collector(figures: CollectorFigures) -> dict[str, Any]:
    """Since the beginning, the last round, and what waits; sizes in bytes."""
    return {
        "reclaimed": figures.reclaimed._asdict(),
        "reclaimable_bytes": figures.reclaimable_bytes,
        "due": dict(figures.waiting.due),
        "due_counted_up_to": figures.waiting.limit,
        "oldest_due_seconds": figures.oldest_seconds,
        "last_round": {
            "started": _date(figures.round.began_ms),
            "ended": _date(figures.round.ended_ms),
            "freed_bytes": figures.round.freed_bytes,
            "bytes_per_second": figures.bytes_per_second,
        },
    }


def _date(moment_ms: int) -> str | None:
    return format_date(datetime.fromtimestamp(moment_ms / 1000, UTC)) if moment_ms else None


@router.get("/superuser/collector")
async def get_collector(caller: FreshUser, services: Services) -> dict[str, Any]:
    """What the garbage collector has reclaimed, and what waits for it."""
    return view_collector(await services.database.read(collector.get_collector, caller.identity))


@router.post("/superuser/collector/run", status_code=204)
async def run_collector_now(caller: FreshUser, services: Services, schedules: Schedules) -> Response:
    """Begin a round of the garbage collector at once."""
    await services.database.write(collector.run_collector_now, caller.identity, schedules)
    return Response(status_code=204)
