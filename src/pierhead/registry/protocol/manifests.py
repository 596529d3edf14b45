"""`/v2/<name>/manifests/<reference>`: push, pull and delete manifests (registry-protocol 6)."""

from pierhead.platform.clock import to_milliseconds
from pierhead.registry import delete_manifest as delete_verb
from pierhead.registry import move_tag, pull_manifest, push_manifest
from pierhead.registry.authorize import check_push, holds_push
from pierhead.registry.keep_for_push import is_fading, keep_manifest
from pierhead.registry.model.errors import ManifestTooLarge, ManifestUnknown, TooManyTags
from pierhead.registry.model.manifests import DOCKER_LIST, OCI_INDEX, parse_manifest
from pierhead.registry.model.names import Digest, DigestInvalid, RepositoryName, TagName, is_tag_name, parse_digest, parse_tag_name
from pierhead.registry.protocol.blobs import matches
from pierhead.registry.protocol.configs import read_facts
from pierhead.registry.protocol.request import Request
from pierhead.registry.protocol.services import RegistryServices
from pierhead.registry.pull_manifest import PulledManifest
from pierhead.registry.push_manifest import ManifestPush

_INLINE_BYTES = 64 * 1024  # a larger manifest is parsed in a thread


async def read_manifest(services: RegistryServices, request: Request) -> None:
    """GET and HEAD. Only GET counts as a pull."""
    name = services.repository_name(request.target.name)
    reference = request.target.reference
    known = services.manifests.get
    if ":" in reference:
        digest = _known_digest(reference)
        pulled = await services.database.look_up(pull_manifest.pull_by_digest, request.caller, name, digest, known)
        if request.method == "HEAD":
            await _keep_for_push(services, request, name, digest, pulled)
    elif is_tag_name(reference):
        wants_image = _wants_image(request.header(b"accept"))
        pulled = await services.database.look_up(
            pull_manifest.pull_by_tag, request.caller, name, TagName(reference), known, wants_image=wants_image
        )
    else:
        raise ManifestUnknown(reference[:200])
    services.manifests.put(pulled.sha256, pulled.content)
    await _send(request, pulled)
    if request.method == "GET":
        repository, caller = pulled.repository, request.caller
        tag = None if ":" in reference else reference
        services.pulls.count(repository.namespace_id, repository.id, tag, pulled.sha256, caller.identity, caller.address)


async def _keep_for_push(
    services: RegistryServices, request: Request, name: RepositoryName, digest: Digest, pulled: PulledManifest
) -> None:
    """Whoever may push and hears that a child of a list is there does not push it again."""
    now_ms, hold_seconds = to_milliseconds(services.clock.now()), services.limits.push_hold_seconds
    if is_fading(pulled.held_until_ms, now_ms=now_ms, hold_seconds=hold_seconds):
        await services.database.write(keep_manifest, request.caller, name, digest, hold_seconds=hold_seconds)


async def _send(request: Request, pulled: PulledManifest) -> None:
    digest = pulled.digest.encode()
    etag = b'"' + digest + b'"'
    headers = ((b"docker-content-digest", digest), (b"etag", etag))
    if matches(request.header(b"if-none-match"), etag):
        await request.respond_empty(304, headers)
    else:
        await request.respond(200, ((b"content-type", pulled.media_type.encode()), *headers), pulled.content)


def _known_digest(text: str) -> Digest:
    try:
        return parse_digest(text)
    except DigestInvalid:
        raise ManifestUnknown(text[:200]) from None


def _wants_image(accept: str) -> bool:
    """Whether the client names types but no index among them."""
    return bool(accept) and "*/*" not in accept and OCI_INDEX not in accept and DOCKER_LIST not in accept and "application/vnd." in accept


async def write_manifest(services: RegistryServices, request: Request) -> None:
    """PUT by tag, by digest, or by digest with `tag` parameters."""
    name = services.repository_name(request.target.name)
    reference = request.target.reference
    digest = parse_digest(reference) if ":" in reference else None
    tags = _tags(services, request) if digest else (parse_tag_name(reference),)
    limits = services.limits
    # Asked again when it is stored; here it spares strangers the sending of a body, and hides from them what is wrong with it.
    if not holds_push(request.caller, name):
        await services.database.look_up(check_push, request.caller, name, services.policy)
    content = await request.read_body(limits.maximum_manifest_bytes, ManifestTooLarge(limits.maximum_manifest_bytes))
    content_type = request.header(b"content-type")
    if len(content) <= _INLINE_BYTES:
        manifest = parse_manifest(content_type, content)
    else:
        manifest = await services.in_thread(parse_manifest, content_type, content)
    push = ManifestPush(manifest, content, digest, tags, await read_facts(services, name, manifest))
    pushed = await services.database.write(
        push_manifest.push_manifest,
        request.caller,
        name,
        push,
        services.policy,
        hold_seconds=limits.push_hold_seconds,
        sparse=limits.sparse_indexes,
        rules=services.rules,
    )
    services.manifests.put(pushed.sha256, content)
    headers = [
        (b"location", f"/v2/{request.target.name}/manifests/{pushed.digest}".encode()),
        (b"docker-content-digest", pushed.digest.encode()),
        (b"content-type", b"text/plain; charset=utf-8"),
    ]
    if manifest.subject is not None:
        headers.append((b"oci-subject", manifest.subject.encode()))
    if digest and tags:
        headers.append((b"oci-tag", ", ".join(tags).encode()))
    await request.respond(201, headers, b"OK")


def _tags(services: RegistryServices, request: Request) -> tuple[TagName, ...]:
    wanted = request.parameters("tag")
    if len(wanted) > services.limits.maximum_tags_per_push:
        raise TooManyTags(services.limits.maximum_tags_per_push)
    return tuple(dict.fromkeys(parse_tag_name(tag) for tag in wanted))


async def delete_manifest(services: RegistryServices, request: Request) -> None:
    """DELETE a tag, or a manifest with all its tags."""
    name = services.repository_name(request.target.name)
    reference = request.target.reference
    if ":" in reference:
        await services.database.write(delete_verb.delete_manifest, request.caller, name, _known_digest(reference))
    elif is_tag_name(reference):
        await services.database.write(move_tag.delete_tag, request.caller, name, TagName(reference))
    else:
        raise ManifestUnknown(reference[:200])
    await request.respond_empty(202)
