"""Lists of `/v2`: tags, referrers, catalog (registry-protocol 7)."""

from urllib.parse import quote

from pierhead.registry import lists as verbs
from pierhead.registry.model.manifests import OCI_INDEX
from pierhead.registry.model.names import DigestInvalid, parse_digest
from pierhead.registry.protocol.request import PageSizeInvalid, Request, RequestInvalid
from pierhead.registry.protocol.services import RegistryServices

_PAGE = 1000


async def list_tags(services: RegistryServices, request: Request) -> None:
    """GET tags/list."""
    name = services.repository_name(request.target.name)
    maximum = _page_size(request)
    after = request.parameter("last") or ""
    page = await services.database.read(verbs.list_tags, request.caller, name, after=after, maximum=maximum)
    headers = _next_link(f"/v2/{request.target.name}/tags/list", maximum, page.last)
    await request.respond_json(200, {"name": request.target.name, "tags": page.names}, headers)


async def list_catalog(services: RegistryServices, request: Request) -> None:
    """GET _catalog: what the caller may read."""
    maximum = _page_size(request)
    page = await services.database.read(
        verbs.list_catalog,
        request.caller,
        with_public=services.limits.public_catalog,
        after=request.parameter("last") or "",
        maximum=maximum,
    )
    await request.respond_json(200, {"repositories": page.names}, _next_link("/v2/_catalog", maximum, page.last))


async def list_referrers(services: RegistryServices, request: Request) -> None:
    """GET referrers, optionally of one artifact type."""
    name = services.repository_name(request.target.name)
    try:
        digest = parse_digest(request.target.reference)
    except DigestInvalid as error:
        raise RequestInvalid(error.message, detail=error.detail) from None
    artifact_type = request.parameter("artifactType") or None
    after = request.parameter("after") or "0"
    if not after.isdecimal() or len(after) > 18:
        raise RequestInvalid("The parameter 'after' comes from a Link header and cannot be made up.")
    page = await services.database.read(verbs.list_referrers, request.caller, name, digest, artifact_type=artifact_type, after=int(after))
    headers = [(b"content-type", OCI_INDEX.encode())]
    if artifact_type:
        headers.append((b"oci-filters-applied", b"artifactType"))
    if page.after is not None:
        filtered = f"&artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
        headers.append((b"link", f'</v2/{request.target.name}/referrers/{digest}?after={page.after}{filtered}>; rel="next"'.encode()))
    await request.respond_json(200, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page.descriptors}, headers)


def _page_size(request: Request) -> int:
    text = request.parameter("n")
    if not text:
        return _PAGE
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise PageSizeInvalid(f"The page size '{text[:40]}' is no number.", detail={"n": text[:40]})
    return min(int(text), _PAGE)


def _next_link(path: str, maximum: int, last: str | None) -> list[tuple[bytes, bytes]]:
    if last is None:
        return []
    return [(b"link", f'<{path}?n={maximum}&last={quote(last, safe="")}>; rel="next"'.encode())]
