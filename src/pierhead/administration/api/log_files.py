"""Usage logs as files: CSV for spreadsheets, JSON lines for programs; an addition of ours beside the lists."""

import csv
import io
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from fastapi import Query
from fastapi.responses import StreamingResponse

from pierhead.access.api.dependencies import Caller, FreshUser, Services, User
from pierhead.access.api.routing import ApiRouter
from pierhead.access.model.identity import Identity
from pierhead.access.services import AccessServices
from pierhead.administration import read_logs
from pierhead.administration.api.logs import QueryOfLog
from pierhead.administration.api.views import view_entry
from pierhead.administration.model import LogQuery, LogSource, LogView, OrganizationLog, OwnLog, RepositoryLog, WholeLog
from pierhead.repositories.api.paths import RepositoryPath

router = ApiRouter()

_PAGE = 500
_COLUMNS = ("datetime", "kind", "performer", "ip", "namespace", "repository", "tag", "metadata")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class LogFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


Form = Annotated[LogFormat, Query(alias="format")]
_MEDIA_TYPES = {LogFormat.CSV: "text/csv; charset=utf-8", LogFormat.JSON_LINES: "application/jsonl"}


async def _send(services: AccessServices, caller: Identity, source: LogSource, query: LogQuery, form: LogFormat) -> StreamingResponse:
    """The first page is read before the answer begins, so that a refusal has its own status."""
    first = await services.database.read(read_logs.list_logs, caller, source, query, limit=_PAGE)
    headers = {"Content-Disposition": f'attachment; filename="logs.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(_write(services, caller, source, query, form, first), media_type=_MEDIA_TYPES[form], headers=headers)


async def _write(
    services: AccessServices, caller: Identity, source: LogSource, query: LogQuery, form: LogFormat, view: LogView
) -> AsyncIterator[bytes]:
    """Page for page: the rights are asked for again with each, and the server never holds more than one."""
    write = _write_csv if form is LogFormat.CSV else _write_json_lines
    if form is LogFormat.CSV:
        yield ",".join(_COLUMNS).encode() + b"\r\n"
    while True:
        yield write(view)
        if view.following is None:
            return
        view = await services.database.read(read_logs.list_logs, caller, source, query, after=view.following, limit=_PAGE)


def _write_json_lines(view: LogView) -> bytes:
    return b"".join(msgspec.json.encode(view_entry(entry, view)) + b"\n" for entry in view.entries)


def _write_csv(view: LogView) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for entry in view.entries:
        shown = view_entry(entry, view)
        facts: dict[str, Any] = shown["metadata"]
        performer = shown.get("performer", {}).get("name", "")
        namespace = facts.get("namespace") or shown.get("namespace", {}).get("name", "")
        row = (shown["datetime"], entry.kind, performer, entry.ip or "", namespace, facts.get("repo", ""), facts.get("tag", ""))
        writer.writerow([_tame(str(value)) for value in row] + [msgspec.json.encode(facts).decode()])
    return text.getvalue().encode()


def _tame(text: str) -> str:
    """Spreadsheets run what begins like a formula; strangers choose some of the names."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@router.get("/user/logs/download")
async def download_user_logs(caller: User, services: Services, query: QueryOfLog, form: Form = LogFormat.CSV) -> StreamingResponse:
    """Everything that happened in the caller's own namespace in a span."""
    return await _send(services, caller.identity, OwnLog(), query, form)


@router.get("/organization/{organization}/logs/download")
async def download_organization_logs(
    organization: str, caller: Caller, services: Services, query: QueryOfLog, form: Form = LogFormat.CSV
) -> StreamingResponse:
    """Everything that happened in an organization in a span."""
    return await _send(services, caller, OrganizationLog(organization), query, form)


@router.get("/repository/{repository:path}/logs/download")
async def download_repository_logs(
    repository: RepositoryPath, caller: Caller, services: Services, query: QueryOfLog, form: Form = LogFormat.CSV
) -> StreamingResponse:
    """Everything that happened in a repository in a span."""
    return await _send(services, caller, RepositoryLog(repository), query, form)


@router.get("/superuser/logs/download")
async def download_all_logs(
    caller: FreshUser, services: Services, query: QueryOfLog, form: Form = LogFormat.CSV, namespace: str | None = None
) -> StreamingResponse:
    """Everything that happened on the server in a span."""
    return await _send(services, caller.identity, WholeLog(namespace or None), query, form)
