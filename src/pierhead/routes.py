"""The product on one page: every router of the API, and the errors that look different from their kind."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from pierhead.access.api.errors import SPECIAL_ERRORS
from pierhead.access.api.routers import ROUTERS as ACCESS_ROUTERS
from pierhead.administration.api.routers import ROUTERS as ADMINISTRATION_ROUTERS
from pierhead.platform.errors import PierheadError
from pierhead.platform.web.health import Check, Revision, create_health_router
from pierhead.platform.web.metrics import LiveFigures
from pierhead.platform.web.pages import create_metrics_router
from pierhead.registry.api.keys import router as keys
from pierhead.registry.api.legacy import router as legacy
from pierhead.repositories.api.routers import LAST as REPOSITORY_LAST
from pierhead.repositories.api.routers import ROUTERS as REPOSITORY_ROUTERS

ERRORS: Mapping[type[PierheadError], tuple[int, str]] = {**SPECIAL_ERRORS}

# What `/config` announces beside the features of access, because the routes below serve it.
FEATURES: Mapping[str, bool] = {
    "AGGREGATED_LOG_COUNT_RETRIEVAL": True,
    "LOG_EXPORT": True,
    "PARTIAL_USER_AUTOCOMPLETE": True,
    "SUPER_USERS": True,
}


def list_routers(
    instance: Mapping[str, Check], endtoend: Mapping[str, Check], revision: Revision, live: LiveFigures, metrics_token: str | None
) -> Sequence[APIRouter]:
    """Every router, in the order in which paths are matched."""
    return (
        create_health_router(instance, endtoend, revision),
        create_metrics_router(live, metrics_token),
        legacy,
        keys,
        *ADMINISTRATION_ROUTERS,
        *ACCESS_ROUTERS,
        *REPOSITORY_ROUTERS,
        *REPOSITORY_LAST,
    )
