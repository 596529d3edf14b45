"""Background jobs of administration."""

from dataclasses import dataclass
from email.utils import format_datetime
from typing import ClassVar, Protocol

import msgspec

from pierhead.administration.model import LogExport
from pierhead.administration.store.sizes import set_size
from pierhead.audit.model import SYSTEM, LogKind
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import PierheadError, Unavailable
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.platform.secrets import SecretBox
from pierhead.registry.recount import sum_blobs

EXPORT_PURPOSE = "log-export"


class CallbackFailed(Unavailable):
    """The receiver did not answer 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The receiver of the log export answered {status}, not 200.")


class AdministrationJobServices(Protocol):
    """What these jobs need."""

    @property
    def secret_box(self) -> SecretBox: ...
    @property
    def http(self) -> OutboundHttp: ...


@dataclass(frozen=True)
class CountRegistrySize(Job[AdministrationJobServices]):
    """Add up every blob of the registry."""

    name: ClassVar[str] = "count_registry_size"

    def run(self, context: JobContext[AdministrationJobServices]) -> None:
        """The sum is read without holding anybody up."""
        context.database.write_now(_keep_size, context.database.read_now(sum_blobs))


def _keep_size(work: UnitOfWork, size_bytes: int) -> None:
    set_size(work.connection, size_bytes, counted_ms=work.now_ms)


@dataclass(frozen=True)
class AnnounceLogExport(Job[AdministrationJobServices]):
    """Tell a receiver where the file of an export is. What became of it stands in the log."""

    name: ClassVar[str] = "announce_log_export"
    max_attempts: ClassVar[int] = 4

    export: LogExport
    callback_url: str
    base_url: str

    def run(self, context: JobContext[AdministrationJobServices]) -> None:
        """A receiver may hear of an export twice, when the worker dies between the call and the entry."""
        try:
            self._call(context)
        except PierheadError:
            if context.attempt >= self.max_attempts:
                self._record(context, LogKind.EXPORT_LOGS_FAILURE)
            raise
        self._record(context, LogKind.EXPORT_LOGS_SUCCESS)

    def _call(self, context: JobContext[AdministrationJobServices]) -> None:
        export = self.export
        sealed = context.services.secret_box.seal_text(
            msgspec.json.encode(export).decode(), purpose=EXPORT_PURPOSE, now=context.clock.now()
        )
        body = {
            "export_id": export.export_id,
            "start_time": format_datetime(export.since.replace(tzinfo=None)),
            "end_time": format_datetime(export.until.replace(tzinfo=None)),
            "namespace": export.namespace,
            "repository": export.repository,
            "exported_data_url": f"{self.base_url}/exportedlogs/{sealed}",
            "status": "success",
        }
        answer = context.services.http.request(
            "POST", self.callback_url, headers={"Content-Type": "application/json"}, content=msgspec.json.encode(body)
        )
        if answer.status != 200:
            raise CallbackFailed(answer.status)

    def _record(self, context: JobContext[AdministrationJobServices], kind: LogKind) -> None:
        export = self.export
        context.database.write_now(
            record,
            SYSTEM,
            kind,
            namespace_id=export.namespace_id,
            repository_id=export.repository_id,
            export_id=export.export_id,
            url=self.callback_url,
        )
