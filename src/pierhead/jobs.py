"""Every background job on one page, with its schedule."""

from dataclasses import dataclass

from pierhead.access.backends.base import Directory
from pierhead.access.jobs import MailRecovery, SyncTeams
from pierhead.access.mailing import Mailing
from pierhead.administration.jobs import AnnounceLogExport, CountRegistrySize
from pierhead.audit.jobs import RemoveOldLogEntries
from pierhead.layers.jobs import LAYER_QUEUE, ReadLayer, ReadNewLayers, RemoveOrphanedContents, SweepContents
from pierhead.layers.model.limits import LayerLimits
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.jobs.registry import JobRegistry
from pierhead.platform.jobs.schedule import Schedule
from pierhead.platform.jobs.upkeep import RemoveDeadJobs
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.platform.outbound.mail import MailSender
from pierhead.platform.outbound.send_mail import SendMail
from pierhead.platform.outbox.upkeep import RemoveDispatchedEvents
from pierhead.platform.secrets import SecretBox
from pierhead.registry.collector.jobs import CollectGarbage, SweepRegistry
from pierhead.registry.jobs import RecountUsage, RemoveAbandonedUploads, RemoveDeletedRepositories
from pierhead.registry.model.collector import CollectorLimits
from pierhead.registry.model.limits import RegistryLimits
from pierhead.registry.model.rules import TagRules
from pierhead.registry.tag_jobs import PruneTags, UnlistExpiredTags
from pierhead.repositories.jobs import RemoveDeletedNamespaces
from pierhead.squash.jobs import EvictSquashedImages, SweepSquashedImages
from pierhead.squash.model.cache import SquashLimits

_MINUTE = 60
_HOUR = 3600
_LAYERS_AT_ONCE = 1  # over all nodes; whoever needs a layer sooner reads it at once


@dataclass(frozen=True, slots=True)
class JobServices:
    """What jobs work with, besides the database."""

    blobs: BlobStore
    limits: RegistryLimits
    collector: CollectorLimits
    layers: LayerLimits
    squash: SquashLimits
    tags: TagRules
    log_kept_days: int
    secret_box: SecretBox
    http: OutboundHttp
    mail: MailSender
    mailing: Mailing | None
    directory: Directory | None
    team_sync_seconds: int


JOBS: JobRegistry[JobServices] = JobRegistry(
    [
        AnnounceLogExport,
        MailRecovery,
        CollectGarbage,
        CountRegistrySize,
        EvictSquashedImages,
        ReadLayer,
        ReadNewLayers,
        RemoveOrphanedContents,
        SweepContents,
        SweepRegistry,
        SweepSquashedImages,
        PruneTags,
        RecountUsage,
        RemoveAbandonedUploads,
        RemoveDeletedNamespaces,
        RemoveDeletedRepositories,
        RemoveDeadJobs,
        RemoveDispatchedEvents,
        RemoveOldLogEntries,
        SendMail,
        SyncTeams,
        UnlistExpiredTags,
    ],
    limits={LAYER_QUEUE: _LAYERS_AT_ONCE},
)

SCHEDULES = (
    Schedule("sync_teams", _MINUTE, SyncTeams()),
    Schedule("collect_garbage", _MINUTE // 2, CollectGarbage()),
    Schedule("sweep_registry", 24 * _HOUR, SweepRegistry()),
    Schedule("unlist_expired_tags", _MINUTE, UnlistExpiredTags()),
    Schedule("prune_tags", _HOUR, PruneTags()),
    Schedule("remove_abandoned_uploads", _HOUR, RemoveAbandonedUploads()),
    Schedule("remove_deleted_namespaces", _MINUTE, RemoveDeletedNamespaces()),
    Schedule("remove_deleted_repositories", _MINUTE, RemoveDeletedRepositories()),
    Schedule("remove_dead_jobs", 24 * _HOUR, RemoveDeadJobs()),
    Schedule("remove_dispatched_events", _HOUR, RemoveDispatchedEvents()),
    Schedule("remove_orphaned_contents", 10 * _MINUTE, RemoveOrphanedContents()),
    Schedule("sweep_contents", 24 * _HOUR, SweepContents()),
    Schedule("sweep_squashed_images", 24 * _HOUR, SweepSquashedImages()),
    Schedule("evict_squashed_images", 10 * _MINUTE, EvictSquashedImages()),
    Schedule("recount_usage", 24 * _HOUR, RecountUsage()),
    Schedule("remove_old_log_entries", 24 * _HOUR, RemoveOldLogEntries()),
)
