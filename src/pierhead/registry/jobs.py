"""Background jobs of the registry."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import structlog

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.jobs.model import Job, JobContext
from pierhead.registry.model.limits import RegistryLimits
from pierhead.registry.recount import count_namespace, list_counted_namespaces, record_count
from pierhead.registry.remove_repository import list_uploads_of_deleted, remove_some_content
from pierhead.registry.uploads import drop_upload, list_expired_uploads
from pierhead.repositories.records import list_deleted_ids

_BATCH = 100
_ROWS = 500  # of one transaction, so that pushes do not wait
_LEFTOVERS_FACTOR = 2  # bytes outlive the row of their upload with certainty
_log = structlog.get_logger("pierhead.registry")


class RegistryJobServices(Protocol):
    """What these jobs need."""

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def limits(self) -> RegistryLimits: ...


@dataclass(frozen=True)
class RemoveAbandonedUploads(Job[RegistryJobServices]):
    """Remove uploads that made no progress for the time of `registry.upload_expiry_seconds`, with their bytes."""

    name: ClassVar[str] = "remove_abandoned_uploads"

    def run(self, context: JobContext[RegistryJobServices]) -> None:
        """Bytes go before the row: a job that dies in between finds the row again."""
        seconds = context.services.limits.upload_expiry_seconds
        while uploads := context.database.read_now(list_expired_uploads, older_than_seconds=seconds, maximum=_BATCH):
            context.check()
            for upload in uploads:
                context.services.blobs.abort_upload(upload.store_state)
                context.database.write_now(drop_upload, upload.uuid)
            _log.info("removed abandoned uploads", uploads=len(uploads))
        # A process that was killed may leave bytes whose row is gone, or that never had one.
        leftovers = context.services.blobs.remove_leftovers(older_than_seconds=_LEFTOVERS_FACTOR * seconds)
        if leftovers:
            _log.info("removed what killed processes left behind", files=leftovers)


@dataclass(frozen=True)
class RecountUsage(Job[RegistryJobServices]):
    """Count what every namespace holds: a check of the running figures, and the only source of what could be reclaimed."""

    name: ClassVar[str] = "recount_usage"

    def run(self, context: JobContext[RegistryJobServices]) -> None:
        """A wrong figure is set right and told in the log, because it means that a push or a removal counted wrongly."""
        after = 0
        while namespaces := context.database.read_now(list_counted_namespaces, after):
            for namespace_id in namespaces:
                context.check()
                count = context.database.read_now(count_namespace, namespace_id)
                if context.database.write_now(record_count, count):
                    _log.warning("the figures of a namespace were wrong", namespace_id=namespace_id, counted_bytes=count.unique_bytes)
            after = namespaces[-1]


@dataclass(frozen=True)
class RemoveDeletedRepositories(Job[RegistryJobServices]):
    """Remove what deleted repositories held; their names have been free since the deletion."""

    name: ClassVar[str] = "remove_deleted_repositories"

    def run(self, context: JobContext[RegistryJobServices]) -> None:
        """The repository's row goes last, so a job that dies in between finds the rest again."""
        database = context.database
        while deleted := database.read_now(list_deleted_ids, _BATCH):
            for repository_id in deleted:
                while uploads := database.read_now(list_uploads_of_deleted, repository_id, _BATCH):
                    for upload in uploads:
                        context.services.blobs.abort_upload(upload.store_state)
                        database.write_now(drop_upload, upload.uuid)
                while database.write_now(remove_some_content, repository_id, _ROWS):
                    context.check()
            _log.info("removed deleted repositories", repositories=len(deleted))
