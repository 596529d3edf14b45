"""The product on one page: every router of the API, and the errors that look different from their kind."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from pierhead.access.api.errors import SPECIAL_ERRORS
from pierhead.access.api.routers import ROUTERS as ACCESS_ROUTERS
from pierhead.administration.api.routers import ROUTERS as ADMINISTRATION_ROUTERS
from pierhead.apps.api.routers import ROUTERS as APPS_ROUTERS
from pierhead.layers.api.errors import SPECIAL_ERRORS as LAYER_ERRORS
from pierhead.layers.api.routers import ROUTERS as LAYER_ROUTERS
from pierhead.platform.errors import PierheadError
from pierhead.platform.web.health import Check, Revision, create_health_router
from pierhead.platform.web.metrics import LiveFigures
from pierhead.platform.web.openapi import Words
from pierhead.platform.web.pages import create_metrics_router
from pierhead.registry.api.errors import SPECIAL_ERRORS as REGISTRY_ERRORS
from pierhead.registry.api.legacy import router as legacy
from pierhead.registry.api.routers import ROUTERS as REGISTRY_ROUTERS
from pierhead.repositories.api.routers import LAST as REPOSITORY_LAST
from pierhead.repositories.api.routers import ROUTERS as REPOSITORY_ROUTERS
from pierhead.squash.api.routers import ROUTERS as SQUASH_ROUTERS

ERRORS: Mapping[type[PierheadError], tuple[int, str]] = {**SPECIAL_ERRORS, **REGISTRY_ERRORS, **LAYER_ERRORS}

# What `/config` announces beside the features of access, because the routes below serve it.
FEATURES: Mapping[str, bool] = {
    "AGGREGATED_LOG_COUNT_RETRIEVAL": True,
    "GARBAGE_COLLECTION": True,
    "LAYER_CONTENTS": True,
    "LOG_EXPORT": True,
    "PARTIAL_USER_AUTOCOMPLETE": True,
    "SQUASHED_IMAGES": True,
    "SUPER_USERS": True,
}

# What the OpenAPI document says about names that bodies and addresses use, and about signing in.
WORDS = Words(
    examples={
        "username": "ada", "password": "correct-horse-battery", "email": "ada@example.com", "organization": "harbour", "orgname": "harbour",
        "namespace": "harbour", "repository": "harbour/app", "team": "crew", "teamname": "crew", "member": "grace", "short": "ci",
        "prefix": "gra", "user": "grace", "role": "write", "visibility": "private", "state": "NORMAL", "description": "Builds the boats",
        "repo_kind": "image", "tag": "v1.2.0", "digest": "sha256:" + "ab" * 32, "manifest_digest": "sha256:" + "ab" * 32,
        "uuid": "6f1d2c3b-4a5e-4f60-8b7a-9c0d1e2f3a4b", "starttime": "11/01/2026", "endtime": "11/30/2026", "performer": "harbour+ci",
        "kind": "push_repo", "query": "app", "tag_expiration_s": 1209600, "callback_url": "https://hooks.example.com/logs",
        "issuer": "https://token.actions.example.com", "subject": "repo:harbour/app:ref:refs/heads/main", "limit": 20,
        "title": "laptop", "contact_email": "harbour@example.com", "error_type": "not_found", "service": "quay",
        "client_id": "9HLX4MIHMVAGG8UPKVM2", "redirect_uri": "https://app.example.com/callback", "application_uri": "https://app.example.com",
        "avatar_email": "app@example.com", "path": "/etc/os-release", "with": "sha256:" + "cd" * 32, "platform": "linux/amd64",
        "robot": "harbour+ci", "scope": "repo:read repo:write", "expiration": 7776000, "name": "grace", "paused": True,
        "adminUser": "ada", "threshold_percent": 80, "limit_bytes": 10737418240,
    },
    security={
        "session": {"type": "apiKey", "in": "cookie", "name": "_csrf_token"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "application_token": {"type": "http", "scheme": "basic", "description": "User `$app` with an application token as password."},
    },
)  # fmt: skip

# First words of paths that the server answers itself; under every other one a browser gets the web UI.
SERVER_PATHS = frozenset(
    {
        "_internal_ping", "api", "authrepoemail", "buildlogs", "c1", "cnr", "config", "confirm", "confirminvite", "csrf_token", "customtrigger",
        "exportedlogs", "health", "keys", "logarchive", "metrics", "oauth", "oauth2", "realtime", "recovery", "secscan", "status",
        "userfiles", "v1", "v2", "webhooks",
    }
)  # fmt: skip


def list_routers(
    instance: Mapping[str, Check], endtoend: Mapping[str, Check], revision: Revision, live: LiveFigures, metrics_token: str | None
) -> Sequence[APIRouter]:
    """Every router, in the order in which paths are matched."""
    return (
        create_health_router(instance, endtoend, revision),
        create_metrics_router(live, metrics_token),
        legacy,
        *ADMINISTRATION_ROUTERS,
        *APPS_ROUTERS,
        *ACCESS_ROUTERS,
        *LAYER_ROUTERS,
        *SQUASH_ROUTERS,
        *REGISTRY_ROUTERS,
        *REPOSITORY_ROUTERS,
        *REPOSITORY_LAST,
    )
