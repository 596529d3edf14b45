"""Exports of usage logs: ask for one, and fetch its file (api-v1/logs, section 1)."""

from collections.abc import AsyncIterator

import msgspec
from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from pierhead.access.api.dependencies import Caller, Services, User
from pierhead.access.api.routing import ApiRouter, format_date
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.administration import export_logs
from pierhead.administration.api.logs import QueryOfLog
from pierhead.administration.api.views import view_entry
from pierhead.administration.jobs import EXPORT_PURPOSE
from pierhead.administration.model import LogExport, LogQuery, LogSource, LogView, OrganizationLog, OwnLog, RepositoryLog
from pierhead.platform.errors import NotFound
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter()
outside_router = ApiRouter()
"""The path outside `/api/v1`."""

_PAGE = 500
_FILE_SECONDS = 24 * 3600


class ExportBody(BaseModel):
    """Who is told: a program, by its address. Mail is not sent yet, so a mere e-mail address is refused."""

    callback_url: str | None = None


async def _export(
    request: Request, services: AccessServices, caller: Identity, source: LogSource, query: LogQuery, body: ExportBody
) -> dict[str, str]:
    base_url = request.app.state.public_url or str(request.base_url).rstrip("/")
    export_id = await services.database.write(export_logs.export_logs, caller, source, query, body.callback_url, base_url)
    return {"export_id": export_id}


@router.post("/user/exportlogs")
async def export_user_logs(request: Request, body: ExportBody, caller: User, services: Services, query: QueryOfLog) -> dict[str, str]:
    """Export the log of the caller's own namespace."""
    return await _export(request, services, caller.identity, OwnLog(), query, body)


@router.post("/organization/{organization}/exportlogs")
async def export_organization_logs(
    organization: str, request: Request, body: ExportBody, caller: Caller, services: Services, query: QueryOfLog
) -> dict[str, str]:
    """Export the log of an organization."""
    return await _export(request, services, caller, OrganizationLog(organization), query, body)


@router.post("/repository/{repository:path}/exportlogs")
async def export_repository_logs(
    repository: RepositoryPath, request: Request, body: ExportBody, caller: Caller, services: Services, query: QueryOfLog
) -> dict[str, str]:
    """Export the log of a repository."""
    return await _export(request, services, caller, RepositoryLog(repository), query, body)


@outside_router.get("/exportedlogs/{file}")
async def get_exported_logs(file: str, services: Services) -> StreamingResponse:
    """The file of an export, for whoever knows its address, for a day."""
    now = services.database.clock.now()
    text = services.secret_box.open_text(file, purpose=EXPORT_PURPOSE, max_age_seconds=_FILE_SECONDS, now=now)
    if text is None:
        raise NotFound("Not Found")
    export = msgspec.json.decode(text, type=LogExport)
    view = await services.database.read(export_logs.read_export, export, None, _PAGE)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{export.export_id}.json"'}
    return StreamingResponse(_write(services, export, view), media_type="application/json", headers=headers)


async def _write(services: AccessServices, export: LogExport, view: LogView) -> AsyncIterator[bytes]:
    details = {
        "start_time": format_date(export.since),
        "end_time": format_date(export.until),
        "namespace": export.namespace,
        "repository": export.repository,
    }
    yield b'{"export_id":%s,"details":%s,"logs":[' % (msgspec.json.encode(export.export_id), msgspec.json.encode(details))
    while True:
        yield b"".join(msgspec.json.encode(view_entry(entry, view)) + b",\n" for entry in view.entries)
        if view.following is None:
            break
        view = await services.database.read(export_logs.read_export, export, view.following, _PAGE)
    yield b'{"terminator":true}]}'
