"""How an error looks on `/cnr` (app-registry 4)."""

from pierhead.apps import model
from pierhead.platform import errors as platform
from pierhead.registry.model.errors import RegistryReadOnly, RepositoryReadOnly, TagImmutable
from pierhead.repositories.model import NamespaceDisabled, RepositoryNotFound

# The most special class wins; an error's own classes are looked up from the bottom.
_TABLE: dict[type[platform.PierheadError], tuple[int, str]] = {
    model.PackageNotFound: (404, "package-not-found"),
    model.ReleaseNotFound: (404, "package-release-not-found"),
    model.ChannelNotFound: (404, "channel-not-found"),
    model.ReleaseExists: (409, "package-exists"),
    model.ReleaseInUse: (409, "resource-in-use"),
    model.InvalidRelease: (422, "invalid-release"),
    model.InvalidParameters: (422, "invalid-parameters"),
    TagImmutable: (409, "resource-in-use"),
    RepositoryNotFound: (404, "package-not-found"),
    RepositoryReadOnly: (405, "read-only"),
    RegistryReadOnly: (405, "read-only"),
    NamespaceDisabled: (405, "read-only"),
    platform.NotFound: (404, "package-not-found"),
    platform.Unauthenticated: (401, "unauthorized-access"),
    platform.Denied: (403, "forbidden"),
    platform.TooLarge: (413, "invalid-parameters"),
    platform.RateLimited: (429, "too-many-requests"),
    platform.AlreadyExists: (409, "package-exists"),
    platform.Conflict: (409, "resource-in-use"),
    platform.Unavailable: (503, "unavailable"),
    platform.StorageFull: (507, "unavailable"),
    platform.Invalid: (400, "invalid-usage"),
}


def describe(error: platform.PierheadError) -> tuple[int, dict[str, object]]:
    """Status and body of an error."""
    status, code = next(
        (_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE),
        (500, "internal-error"),
    )
    return status, make_body(code, error.message, dict(error.detail))


def make_body(code: str, message: str, details: dict[str, object] | None = None) -> dict[str, object]:
    """The body that every error has."""
    return {"error": {"code": code, "message": message, "details": details or {}}}
