"""Background jobs and schedules; an addition of ours below `/superuser`."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from pierhead.access.api.dependencies import FreshUser, Services
from pierhead.access.api.paging import open_position, seal_position
from pierhead.access.api.routing import ApiRouter, format_date
from pierhead.administration import background_work
from pierhead.administration.background_work import ScheduleView
from pierhead.platform.jobs import JobRow, JobState, Schedule

router = ApiRouter()

_PURPOSE = "superuser-jobs"


def find_schedules(request: Request) -> Sequence[Schedule]:
    """The schedules that the composition root put into the application's state as `schedules`."""
    schedules: Sequence[Schedule] = request.app.state.schedules
    return schedules


Schedules = Annotated[Sequence[Schedule], Depends(find_schedules)]


class PauseBody(BaseModel):
    """Whether the schedule stands still."""

    paused: bool


def view_job(job: JobRow) -> dict[str, Any]:
    """A job without its payload, which may name what only its room may show."""
    return {
        "key": job.key,
        "name": job.name,
        "queue": job.queue,
        "state": job.state,
        "created": format_date(job.created_at),
        "run_at": format_date(job.run_at),
        "started": format_date(job.claimed_at),
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "is_cancelled": job.is_cancelled,
        "last_error": job.last_error,
        "schedule": job.schedule,
    }


def view_schedule(view: ScheduleView) -> dict[str, Any]:
    """A schedule, with the figures of its last run."""
    row = view.row
    return {
        "name": view.schedule.name,
        "every_seconds": view.schedule.every_seconds,
        "paused": row.is_paused if row else False,
        "due": format_date(row.tick_at) if row else None,
        "started": format_date(row.started_at) if row else None,
        "duration_seconds": row.duration_seconds if row else None,
        "result": row.result if row else None,
        "error": row.error if row else None,
    }


@router.get("/superuser/jobs")
async def list_jobs(
    caller: FreshUser,
    services: Services,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    next_page: str | None = None,
) -> dict[str, Any]:
    """Jobs that have not finished, oldest first; those that are dead have used up their attempts."""
    after = open_position(services, next_page, int, purpose=_PURPOSE) or 0
    page = await services.database.read(background_work.list_jobs, caller.identity, state=state, after=after, limit=limit)
    shown: dict[str, Any] = {"jobs": [view_job(job) for job in page.jobs]}
    return shown if page.following is None else {**shown, "next_page": seal_position(services, page.following, purpose=_PURPOSE)}


@router.post("/superuser/jobs/{key:path}/run", status_code=204)
async def run_job_again(key: str, caller: FreshUser, services: Services) -> Response:
    """Give a dead job all its attempts again."""
    await services.database.write(background_work.run_job_again, caller.identity, key)
    return Response(status_code=204)


@router.delete("/superuser/jobs/{key:path}", status_code=204)
async def cancel_job(key: str, caller: FreshUser, services: Services) -> Response:
    """Remove a job, or ask it to stop while it runs."""
    await services.database.write(background_work.cancel_job, caller.identity, key)
    return Response(status_code=204)


@router.get("/superuser/schedules")
async def list_schedules(caller: FreshUser, services: Services, schedules: Schedules) -> dict[str, Any]:
    """Every job that returns."""
    views = await services.database.read(background_work.list_schedules, caller.identity, schedules)
    return {"schedules": [view_schedule(view) for view in views]}


@router.put("/superuser/schedules/{name}", status_code=204)
async def pause_schedule(name: str, body: PauseBody, caller: FreshUser, services: Services, schedules: Schedules) -> Response:
    """Switch a schedule off or on."""
    await services.database.write(background_work.pause_schedule, caller.identity, schedules, name, paused=body.paused)
    return Response(status_code=204)


@router.post("/superuser/schedules/{name}/run", status_code=204)
async def run_schedule_now(name: str, caller: FreshUser, services: Services, schedules: Schedules) -> Response:
    """Make a schedule's job at once."""
    await services.database.write(background_work.run_schedule_now, caller.identity, schedules, name)
    return Response(status_code=204)
