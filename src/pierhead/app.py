"""The composition root: builds every object from the settings and hands it on. The only module that knows all rooms."""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from prometheus_client import REGISTRY, Metric

from pierhead.access.authenticate import authenticate_basic
from pierhead.access.backends.registry import open_directory, open_providers
from pierhead.access.confirm_oauth_token import confirm_oauth_token
from pierhead.access.external_sign_in import ExternalSignIn
from pierhead.access.issuers import Issuers
from pierhead.access.mailing import Mailing
from pierhead.access.model.features import Announcements
from pierhead.access.model.identity import Identity
from pierhead.access.powers import empower
from pierhead.access.services import AccessServices
from pierhead.accounts.model.quotas import QuotaPolicy, make_default_quota
from pierhead.apps.services import AppServices
from pierhead.audit.pulls import PullAggregator
from pierhead.events import EVENTS, SUBSCRIPTIONS
from pierhead.jobs import JOBS, SCHEDULES, JobServices
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.read_contents import ContentsReader
from pierhead.layers.services import LayerServices
from pierhead.layers.trees import Trees
from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.blobstore.registry import open_blob_store
from pierhead.platform.clock import Clock, SystemClock
from pierhead.platform.database import Database, UnitOfWork
from pierhead.platform.database.migrations import current_revision
from pierhead.platform.errors import PierheadError
from pierhead.platform.jobs.metrics import JobMetrics, QueueDepthCollector
from pierhead.platform.jobs.worker import Worker
from pierhead.platform.outbound.http import OutboundHttp
from pierhead.platform.outbound.mail import MailSender
from pierhead.platform.outbox.dispatch import Dispatcher as OutboxDispatcher
from pierhead.platform.secrets import SecretBox, load_or_create_keys, parse_keys
from pierhead.platform.threads import ThreadTeam
from pierhead.platform.web.cors import CrossOrigin
from pierhead.platform.web.dispatcher import Application, Dispatcher
from pierhead.platform.web.errors import ErrorTable
from pierhead.platform.web.late import LateApplication
from pierhead.platform.web.metrics import LiveFigures
from pierhead.platform.web.trusted_proxies import TrustedProxies
from pierhead.platform.web.ui import UiApplication
from pierhead.registry.authorize import PushPolicy
from pierhead.registry.collector.metrics import CollectorMetrics
from pierhead.registry.lists import list_repository_tags
from pierhead.registry.model.collector import CollectorLimits
from pierhead.registry.model.limits import RegistryLimits
from pierhead.registry.model.rules import TagRules
from pierhead.registry.note_pulls import note_pulls
from pierhead.registry.protocol.application import RegistryApplication
from pierhead.registry.protocol.services import RegistryServices
from pierhead.repositories.namespace_grants import StoredRepositoryGrants
from pierhead.repositories.services import RepositoryServices
from pierhead.settings import QuotaSettings, Settings
from pierhead.settings_dump import dump_settings
from pierhead.squash.model.cache import SquashLimits
from pierhead.squash.production import Workshop
from pierhead.squash.productions import Productions
from pierhead.squash.protocol import SquashApplication, SquashServices

_FLUSH_SECONDS = 10
_ISSUER_SECONDS = 10
_UI_FOLDER = Path(__file__).parent / "static" / "ui"
_log = structlog.get_logger("pierhead")


@dataclass(frozen=True, slots=True)
class Core:
    """What web and background work share in one process."""

    settings: Settings
    database: Database
    blobs: BlobStore
    secret_box: SecretBox
    limits: RegistryLimits
    quotas: QuotaPolicy
    tags: TagRules

    def close(self) -> None:
        """Close the connections."""
        self.database.close()
        self.blobs.close()


def build_core(settings: Settings, *, clock: Clock | None = None) -> Core:
    """Open the database, the blob store and the keys; `clock` is the machine's unless given. The schema must be up to date."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(
        settings.database_url,
        clock=clock or SystemClock(),
        read_threads=settings.database.read_threads,
        write_threads=settings.database.write_threads,
        synchronous=settings.database.synchronous,
    )
    keys = parse_keys(settings.secret_key) if settings.secret_key else load_or_create_keys(settings.data_dir / "secret.keys")
    limits = RegistryLimits(**settings.registry.model_dump(include={field.name for field in fields(RegistryLimits)}))
    quotas, tags = build_quotas(settings.quota), TagRules(**settings.tags.model_dump())
    return Core(settings, database, open_blob_store(settings), SecretBox(keys), limits, quotas, tags)


def build_quotas(settings: QuotaSettings) -> QuotaPolicy:
    """What namespaces are held to."""
    default = make_default_quota(
        settings.default_bytes, warning_percent=settings.default_warning_percent, reject_percent=settings.default_reject_percent
    )
    return QuotaPolicy(is_on=settings.management, is_editable=settings.edit, refuses=settings.verify, default=default)


def end_process() -> None:
    """As SIGTERM does; of several processes behind one socket the one that started them ends them all."""
    parent = multiprocessing.parent_process()
    os.kill(os.getpid() if parent is None or parent.pid is None else parent.pid, signal.SIGTERM)


def build_external_sign_in(settings: Settings) -> ExternalSignIn:
    """Whoever vouches for callers besides the own database."""
    # Somebody waits for the answer.
    limits = settings.outbound.model_copy(update={"total_seconds": min(settings.outbound.total_seconds, _ISSUER_SECONDS)})
    issuers, provider_issuers = (Issuers(OutboundHttp(limits), allow_http=settings.signin.insecure_issuers) for _ in range(2))
    own = (settings.public_url, urlsplit(settings.public_url).netloc) if settings.public_url else ()
    return ExternalSignIn(
        issuers,
        frozenset(settings.signin.federation_audiences or own),
        settings.signin,
        provider_issuers,
        open_providers(settings.oidc, provider_issuers),
        open_directory(settings.ldap),
    )


def build_collector_limits(settings: Settings) -> CollectorLimits:
    """The settings of the collector."""
    return CollectorLimits(**settings.collector.model_dump())


def build_layer_limits(settings: Settings) -> LayerLimits:
    """What reading a layer may cost."""
    return LayerLimits(**settings.layers.model_dump())


def build_squash_limits(settings: Settings) -> SquashLimits:
    """The settings of squashed images."""
    return SquashLimits(**settings.squash.model_dump())


def build_job_services(core: Core) -> JobServices:
    """What the jobs of this process work with."""
    return JobServices(
        blobs=core.blobs,
        limits=core.limits,
        collector=build_collector_limits(core.settings),
        layers=build_layer_limits(core.settings),
        squash=build_squash_limits(core.settings),
        tags=core.tags,
        log_kept_days=core.settings.audit.kept_days,
        secret_box=core.secret_box,
        http=OutboundHttp(core.settings.outbound),
        mail=MailSender(core.settings.mail),
        mailing=build_mailing(core),
        directory=open_directory(core.settings.ldap),
        team_sync_seconds=core.settings.signin.team_sync_seconds,
    )


def build_mailing(core: Core) -> Mailing | None:
    """The post office, when the settings name a mail server; they have a public address then too."""
    settings = core.settings
    if not settings.mail.host or settings.public_url is None:
        return None
    return Mailing(settings.public_url, core.secret_box, timedelta(seconds=settings.access.recovery_seconds))


def build_worker(core: Core) -> Worker[JobServices]:
    """The background work of this process."""
    settings = core.settings.jobs
    return Worker(
        core.database,
        JOBS,
        build_job_services(core),
        threads=settings.threads,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
        schedules=SCHEDULES,
        feeders=(OutboxDispatcher(EVENTS, SUBSCRIPTIONS),),
        metrics=JobMetrics(REGISTRY),
    )


class WebApplication:
    """The web server's application, from its start to its stop."""

    def __init__(self, core: Core, *, worker: Worker[JobServices] | None = None, on_start: Callable[[], None] | None = None) -> None:
        self._core = core
        self._worker = worker
        self._on_start = on_start
        self._pulls = PullAggregator(count_elsewhere=note_pulls)
        self._flusher: asyncio.Task[None] | None = None
        self._access = AccessServices.build(
            core.database,
            core.secret_box,
            core.settings.access,
            StoredRepositoryGrants(core.quotas),
            build_external_sign_in(core.settings),
            build_mailing(core),
        )
        self._io = ThreadTeam(8, name="blob-io")
        layers = build_layer_limits(core.settings)
        contents = ContentsReader(core.blobs, layers)
        self._layers = LayerServices(core.blobs, Trees(contents), layers, ThreadTeam(2, name="layers"))
        workshop = Workshop(core.database, core.blobs, contents, layers, build_squash_limits(core.settings), core.limits.read_only)
        self._productions = Productions(workshop)
        self._api = LateApplication(self._build_api)
        self._apps = LateApplication(self._build_apps)
        self.asgi = TrustedProxies(self._dispatcher(), core.settings.web.trusted_proxies)

    def _build_api(self) -> Application:
        """The management API. Loading it takes longer than everything else, and `/v2` needs none of it: it is built behind the start."""
        core, routes, web = self._core, import_module("pierhead.routes"), import_module("pierhead.platform.web.api")
        routers = routes.list_routers(
            self._health_checks(), self._storage_checks(), self._revision, LiveFigures(self._collect), core.settings.web.metrics_token
        )
        state = {
            "access": self._access,
            "apps": self._app_services(),
            "repositories": RepositoryServices(list_repository_tags, nested_names=core.limits.nested_names),
            "layers": self._layers,
            "tags": core.tags,
            "blobs": core.blobs,
            "public_url": core.settings.public_url,
            "quotas": core.quotas,
            "settings_dump": partial(dump_settings, core.settings) if core.settings.access.superuser_config_dump else None,
            "shutdown": end_process if core.settings.access.superuser_shutdown else None,
            "announcements": Announcements(
                is_read_only=core.limits.read_only,
                nested_names=core.limits.nested_names,
                library_namespace=bool(core.limits.library_namespace),
                sparse_indexes=core.limits.sparse_indexes,
                features={**routes.FEATURES, **self._optional_features(), **core.tags.list_features()},
                config=core.tags.list_config(),
            ),
            "schedules": SCHEDULES,
        }
        api = web.PlainPaths(web.create_api(routers, ErrorTable(routes.ERRORS), state, routes.WORDS))
        return UiApplication(_UI_FOLDER, routes.SERVER_PATHS, CrossOrigin(api, core.settings.web.cors_origins))

    def _optional_features(self) -> dict[str, bool]:
        settings = self._core.settings
        has_quotas = settings.quota.management
        return {
            "SUPERUSERS_FULL_ACCESS": settings.access.superusers_full_access,
            "RESTRICTED_USERS": settings.access.restricted_users,
            "SUPERUSER_CONFIGDUMP": settings.access.superuser_config_dump,
            "QUOTA_MANAGEMENT": has_quotas,
            "EDIT_QUOTA": has_quotas and settings.quota.edit,
            "VERIFY_QUOTA": has_quotas and settings.quota.verify,
        }

    def _dispatcher(self) -> Dispatcher:
        registry = self._registry_services()
        squash = SquashApplication(SquashServices(registry, self._productions))
        applications = (("/v2", RegistryApplication(registry)), ("/c1/squash/", squash), ("/cnr", self._apps), ("", self._api))
        return Dispatcher(applications, start=self._start, stop=self._stop)

    def _build_apps(self) -> Application:
        """The protocol of application repositories; loaded when somebody first asks for it."""
        application: Application = import_module("pierhead.apps.api.application").create_application(self._app_services())
        return application

    def _app_services(self) -> AppServices:
        core = self._core
        return AppServices(
            database=core.database,
            blobs=core.blobs,
            io=self._io,
            pulls=self._pulls,
            authenticate=self._authenticate,
            maximum_package_bytes=core.settings.apps.maximum_package_bytes,
            takes_pushes=core.limits.pushes and not core.limits.read_only,
            quotas=core.quotas,
        )

    async def _authenticate(self, username: str, password: str, address: str) -> Identity:
        return empower(await authenticate_basic(self._access, username, password, address=address), self._core.settings.access)

    def _registry_services(self) -> RegistryServices:
        core, settings = self._core, self._core.settings

        return RegistryServices(
            database=core.database,
            blobs=core.blobs,
            signer=self._access.signer,
            clock=core.database.clock,
            authenticate=self._authenticate,
            confirm=partial(confirm_oauth_token, core.database),
            pulls=self._pulls,
            io=self._io,
            limits=core.limits,
            rules=core.tags,
            policy=PushPolicy(
                create_on_push=settings.registry.create_on_push,
                private_on_push=settings.registry.private_on_push,
                create_namespaces=settings.registry.create_namespace_on_push,
                quotas=core.quotas,
            ),
            public_url=settings.public_url,
        )

    def _health_checks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        database = self._core.database

        async def check_database() -> None:
            await database.read(_ping)

        async def check_keys() -> None:
            await self._access.signer.list_public_keys()

        async def check_process() -> None:
            return

        # Existing probes know these names; both servers of Quay are this process.
        return {
            "database": check_database,
            "auth": check_database,
            "service_key": check_keys,
            "registry_gunicorn": check_process,
            "web_gunicorn": check_process,
        }

    def _storage_checks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        async def check_storage() -> None:
            await self._io.run(self._core.blobs.check)

        return {"storage": check_storage}

    async def _revision(self) -> str | None:
        return await self._core.database.read(_read_revision)

    def _collect(self) -> Iterable[Metric]:
        database = self._core.database
        return [*QueueDepthCollector(database).collect(), *CollectorMetrics(database).collect()]

    async def _start(self) -> None:
        if self._worker is not None:
            self._worker.start()
        self._flusher = asyncio.create_task(self._flush_pulls())
        # What is alive now stays alive: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        self._api.begin()
        if self._on_start is not None:
            self._on_start()

    async def _stop(self) -> None:
        await self._api.settle()
        await self._apps.settle()
        if self._flusher is not None:
            self._flusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flusher
        with contextlib.suppress(PierheadError):
            await self._pulls.flush(self._core.database)
        if self._worker is not None:
            await asyncio.to_thread(self._worker.stop, self._core.settings.web.drain_seconds)
        self._access.close()
        await asyncio.to_thread(self._productions.close)
        await asyncio.to_thread(self._layers.threads.close)
        await asyncio.to_thread(self._io.close)
        await asyncio.to_thread(self._core.close)

    async def _flush_pulls(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            try:
                await self._pulls.flush(self._core.database)
            except PierheadError as error:
                _log.warning("pull counts wait for the database", reason=error.message)


def _ping(work: UnitOfWork) -> None:
    work.connection.exec_driver_sql("SELECT 1")


def _read_revision(work: UnitOfWork) -> str | None:
    return current_revision(work.connection)
