"""How an error looks on the wire: OCI codes and statuses (registry-protocol 8)."""

from pierhead.platform import errors as platform
from pierhead.platform.blobstore.errors import BlobMissing, UploadLost
from pierhead.registry.authorize import LoginRequired, TokenTooNarrow
from pierhead.registry.model import errors
from pierhead.registry.model.manifests import ManifestInvalid, ManifestUnsupported
from pierhead.registry.model.names import DigestInvalid, NameInvalid, TagInvalid
from pierhead.registry.model.ranges import ChunkRangeInvalid, RangeUnsatisfiable
from pierhead.registry.protocol.request import ClientTooOld, MethodNotAllowed, PageSizeInvalid, Request, RequestInvalid
from pierhead.repositories.model import NamespaceDisabled

# The most special class wins; an error's own classes are looked up from the bottom.
_TABLE: dict[type[platform.PierheadError], tuple[int, str]] = {
    errors.BlobUnknown: (404, "BLOB_UNKNOWN"),
    errors.UploadUnknown: (404, "BLOB_UPLOAD_UNKNOWN"),
    UploadLost: (404, "BLOB_UPLOAD_UNKNOWN"),
    BlobMissing: (404, "BLOB_UNKNOWN"),
    errors.UploadInvalid: (400, "BLOB_UPLOAD_INVALID"),
    errors.ChunkOutOfOrder: (416, "RANGE_INVALID"),
    errors.BlobTooLarge: (413, "SIZE_INVALID"),
    errors.ManifestTooLarge: (413, "SIZE_INVALID"),
    errors.ManifestBlobsMissing: (400, "MANIFEST_BLOB_UNKNOWN"),
    errors.ManifestUnknown: (404, "MANIFEST_UNKNOWN"),
    errors.TagExpired: (404, "TAG_EXPIRED"),
    errors.TagImmutable: (409, "TAG_IMMUTABLE"),
    errors.TooManyTags: (414, "TOO_MANY_TAGS_REQUESTED"),
    errors.RepositoryUnknown: (404, "NAME_UNKNOWN"),
    errors.RepositoryReadOnly: (405, "DENIED"),
    NamespaceDisabled: (405, "DENIED"),
    errors.RegistryReadOnly: (405, "DENIED"),
    errors.PushesDisabled: (405, "DENIED"),
    errors.UpstreamUnknown: (404, "NAME_UNKNOWN"),
    errors.WrongRepositoryKind: (405, "UNSUPPORTED"),
    errors.BlobInUse: (405, "UNSUPPORTED"),
    ManifestInvalid: (400, "MANIFEST_INVALID"),
    ManifestUnsupported: (415, "MANIFEST_INVALID"),
    NameInvalid: (400, "NAME_INVALID"),
    TagInvalid: (400, "TAG_INVALID"),
    DigestInvalid: (400, "DIGEST_INVALID"),
    RangeUnsatisfiable: (416, "RANGE_INVALID"),
    ChunkRangeInvalid: (400, "INVALID_REQUEST"),
    PageSizeInvalid: (400, "PAGINATION_NUMBER_INVALID"),
    RequestInvalid: (400, "INVALID_REQUEST"),
    MethodNotAllowed: (405, "UNSUPPORTED"),
    ClientTooOld: (404, "UNSUPPORTED"),
    platform.Unauthenticated: (401, "UNAUTHORIZED"),
    platform.Denied: (403, "DENIED"),
    platform.NotFound: (404, "NAME_UNKNOWN"),
    platform.AlreadyExists: (409, "DENIED"),
    platform.Conflict: (409, "DENIED"),
    platform.TooLarge: (413, "SIZE_INVALID"),
    platform.RateLimited: (429, "TOOMANYREQUESTS"),
    platform.StorageFull: (507, "UNAVAILABLE"),
    platform.Unavailable: (503, "UNAVAILABLE"),
    platform.Invalid: (400, "INVALID_REQUEST"),
}


def classify(error: platform.PierheadError) -> tuple[int, str]:
    """The status and the OCI code of an error."""
    for kind in type(error).__mro__:
        found = _TABLE.get(kind)
        if found is not None:
            return found
    return 500, "UNKNOWN"


def describe(error: platform.PierheadError) -> dict[str, object]:
    """The body of an error answer."""
    _, code = classify(error)
    if isinstance(error, errors.ManifestBlobsMissing):
        return {"errors": [{"code": code, "message": error.message, "detail": {"digest": digest}} for digest in error.digests]}
    described: dict[str, object] = {"code": code, "message": error.message, "detail": error.detail}
    if isinstance(error, errors.RegistryReadOnly):
        # Clients that know the mode look for it beside the code.
        described["is_readonly"] = True
    return {"errors": [described]}


def challenge_reason(error: platform.PierheadError, *, has_token: bool) -> str | None:
    """The `error` of a bearer challenge; None for a caller that showed nothing."""
    if isinstance(error, TokenTooNarrow):
        return "insufficient_scope"
    return "invalid_token" if has_token and not isinstance(error, LoginRequired) else None


async def respond_error(request: Request, error: platform.PierheadError, headers: list[tuple[bytes, bytes]]) -> None:
    """Send an error answer; `headers` holds the challenge of a 401."""
    status, _ = classify(error)
    extra = list(headers)
    if isinstance(error, RangeUnsatisfiable):
        extra.append((b"content-range", b"bytes */%d" % error.size_bytes))
    if isinstance(error, platform.RateLimited):
        extra.append((b"retry-after", b"%d" % error.retry_after_seconds))
    await request.respond_json(status, describe(error), extra)
