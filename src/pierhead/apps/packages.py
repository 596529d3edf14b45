"""Find packages, and the releases and channels that they have now."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from pierhead.access.model.identity import Identity
from pierhead.access.model.roles import Role
from pierhead.apps import store
from pierhead.apps.model import (
    DEFAULT_RELEASE,
    Channel,
    ChannelName,
    ChannelNotFound,
    MediaType,
    PackageNotFound,
    Release,
    ReleaseContent,
    ReleaseNotFound,
    is_release,
    order_releases,
    release_of,
    tag_of,
)
from pierhead.platform.database import UnitOfWork
from pierhead.registry import artifacts
from pierhead.registry.model.errors import RepositoryReadOnly
from pierhead.registry.model.names import Digest, TagName, parse_digest
from pierhead.registry.model.stored import StoredBlob
from pierhead.repositories.list_repositories import PAGE_SIZE, list_repositories
from pierhead.repositories.model import NamespaceDisabled, Repository, RepositoryKind, RepositoryState
from pierhead.repositories.permissions import require_role
from pierhead.repositories.services import RepositoryTag

# More than any package has; what stands beyond is neither listed nor the default.
_MOST_RELEASES = 10_000
_MOST_LINKS = 10_000
_MOST_PACKAGES = 50
_MOST_PAGES = 20
TAR_DIGEST = "com.pierhead.package.tar-digest"
BLOB_DIGEST = "com.pierhead.package.blob-digest"
BLOB_SIZE = "com.pierhead.package.blob-size"
MEDIA_TYPE = "com.pierhead.package.media-type"
CREATED = "org.opencontainers.image.created"


class _Entry(msgspec.Struct):
    digest: str
    size: int
    annotations: dict[str, str]


class _ReleaseList(msgspec.Struct):
    manifests: list[_Entry]


_decode = msgspec.json.Decoder(_ReleaseList).decode


@dataclass(frozen=True, slots=True)
class Package:
    """A package as lists show it; releases highest version first, times in milliseconds."""

    name: str
    is_public: bool
    releases: tuple[Release, ...]
    media_types: tuple[MediaType, ...]
    channels: tuple[ChannelName, ...]
    created_ms: int | None
    updated_ms: int | None


@dataclass(frozen=True, slots=True)
class FoundContent:
    """Content to be sent, its blob, and the channel that it was asked by."""

    repository: Repository
    content: ReleaseContent
    blob: StoredBlob
    channel: str | None


def require_package(work: UnitOfWork, identity: Identity, name: str, least: Role) -> Repository:
    """The package's repository. Raises as `require_role`, and PackageNotFound for a repository of images."""
    repository = require_role(work, identity, name, least)
    if not repository.is_enabled:
        raise NamespaceDisabled(repository.namespace)
    if repository.kind is not RepositoryKind.APPLICATION:
        raise PackageNotFound(name)
    if least > Role.READ and repository.state is not RepositoryState.NORMAL:
        raise RepositoryReadOnly(name, repository.state)
    return repository


def list_contents(work: UnitOfWork, identity: Identity, name: str) -> list[ReleaseContent]:
    """The content of every release, highest version first."""
    repository = require_package(work, identity, name, Role.READ)
    return [content for release in list_releases(work, repository) for content in read_release(work, repository, release)]


def get_release(work: UnitOfWork, identity: Identity, name: str, reference: str) -> list[ReleaseContent]:
    """The content of a release in all its media types: by version, by channel, or of the highest version. Raises ReleaseNotFound."""
    repository = require_package(work, identity, name, Role.READ)
    found = read_release(work, repository, resolve(work, repository, reference))
    if not found:
        raise ReleaseNotFound(name, reference)
    return found


def get_content(
    work: UnitOfWork, identity: Identity, name: str, reference: str, media_type: str
) -> tuple[ReleaseContent, list[ChannelName]]:
    """The content of a release in one media type, and the channels that lead to the release. Raises ReleaseNotFound."""
    repository = require_package(work, identity, name, Role.READ)
    release = resolve(work, repository, reference)
    for content in read_release(work, repository, release):
        if content.media_type == media_type:
            return content, [channel.name for channel in list_channels(work, repository) if channel.current == release]
    raise ReleaseNotFound(name, reference)


def get_blob(work: UnitOfWork, identity: Identity, name: str, digest: Digest) -> StoredBlob:
    """The content that unpacks to a tar of this digest, or whose own digest it is. Raises PackageNotFound."""
    repository = require_package(work, identity, name, Role.READ)
    known = store.find_blob_digest(work.connection, repository.id, str(digest))
    found = artifacts.find_blob(work, repository, digest if known is None else parse_digest(known))
    if found is None:
        raise PackageNotFound(name)
    return found


def get_content_blob(work: UnitOfWork, identity: Identity, name: str, reference: str, media_type: str) -> FoundContent:
    """As `get_content`, with the blob to send."""
    content, channels = get_content(work, identity, name, reference, media_type)
    repository = require_package(work, identity, name, Role.READ)
    blob = artifacts.find_blob(work, repository, parse_digest(content.blob_digest))
    if blob is None:
        raise ReleaseNotFound(name, reference)
    return FoundContent(repository, content, blob, reference if reference in channels else None)


def list_packages(
    work: UnitOfWork, identity: Identity, *, namespace: str | None, media_type: str | None, query: str | None
) -> list[Package]:
    """At most 50 packages that are public or that the caller may read."""
    found: list[Package] = []
    for name in _list_names(work, identity, namespace=namespace, query=query):
        repository = require_package(work, identity, name, Role.READ)
        package = describe(work, repository)
        if media_type is None or media_type in package.media_types:
            found.append(package)
        if len(found) == _MOST_PACKAGES:
            break
    return found


def search_packages(work: UnitOfWork, identity: Identity, query: str) -> list[str]:
    """Names of at most 50 packages that are public or that the caller may read, and whose name holds the text."""
    return list(islice(_list_names(work, identity, namespace=None, query=query), _MOST_PACKAGES))


def resolve(work: UnitOfWork, repository: Repository, reference: str) -> Release:
    """The release that a reference stands for; it may be gone when it is a version. Raises ReleaseNotFound."""
    if is_release(reference):
        return Release(reference)
    if reference == DEFAULT_RELEASE:
        releases = list_releases(work, repository)
        if releases:
            return releases[0]
        raise ReleaseNotFound(repository.name, reference)
    for channel in list_channels(work, repository):
        if channel.name == reference:
            return channel.current
    raise ReleaseNotFound(repository.name, reference)


def list_releases(work: UnitOfWork, repository: Repository) -> list[Release]:
    """Highest version first."""
    return order_releases(release for tag in _list_tags(work, repository) if (release := release_of(tag.name)) is not None)


def read_release(work: UnitOfWork, repository: Repository, release: Release) -> list[ReleaseContent]:
    """What the release holds now; empty when there is no such release."""
    found = artifacts.find_tagged(work, repository, TagName(tag_of(release)))
    if found is None:
        return []
    return [_read_entry(release, entry) for entry in _decode(found.content).manifests]


def list_channels(work: UnitOfWork, repository: Repository) -> list[Channel]:
    """Channels by name; those whose releases are all gone are left out."""
    existing = set(list_releases(work, repository))
    led_to: dict[str, list[Release]] = {}
    for link in store.list_links(work.connection, repository.id, maximum=_MOST_LINKS):
        if link.release in existing:
            led_to.setdefault(link.channel, []).append(Release(link.release))
    return [Channel(ChannelName(name), releases[0], tuple(releases)) for name, releases in led_to.items()]


def get_channel(work: UnitOfWork, repository: Repository, name: str) -> Channel:
    """Raises ChannelNotFound."""
    for channel in list_channels(work, repository):
        if channel.name == name:
            return channel
    raise ChannelNotFound(repository.name, name)


def describe(work: UnitOfWork, repository: Repository) -> Package:
    """The package as lists show it."""
    tags = [(tag, release) for tag in _list_tags(work, repository) if (release := release_of(tag.name)) is not None]
    releases = order_releases(release for _, release in tags)
    newest = read_release(work, repository, releases[0]) if releases else []
    return Package(
        repository.name,
        repository.is_public,
        tuple(releases),
        tuple(content.media_type for content in newest),
        tuple(channel.name for channel in list_channels(work, repository)),
        min((tag.start_ms for tag, _ in tags), default=None),
        max((tag.start_ms for tag, _ in tags), default=None),
    )


def _list_names(work: UnitOfWork, identity: Identity, *, namespace: str | None, query: str | None) -> Iterator[str]:
    after_id = 0
    for _ in range(_MOST_PAGES):
        page = list_repositories(
            work,
            identity,
            namespace=namespace,
            starred=False,
            public=True,
            kind=RepositoryKind.APPLICATION,
            after_id=after_id,
        )
        yield from (item.name for item in page[:PAGE_SIZE] if query is None or query.lower() in item.name)
        if len(page) <= PAGE_SIZE:
            return
        after_id = page[PAGE_SIZE - 1].id


def _list_tags(work: UnitOfWork, repository: Repository) -> list[RepositoryTag]:
    return artifacts.list_living_tags(work, repository, maximum=_MOST_RELEASES)


def _read_entry(release: Release, entry: _Entry) -> ReleaseContent:
    facts = entry.annotations
    return ReleaseContent(
        release,
        MediaType(facts[MEDIA_TYPE]),
        entry.digest,
        entry.size,
        facts[BLOB_DIGEST],
        facts[TAR_DIGEST],
        int(facts[BLOB_SIZE]),
        facts[CREATED],
    )
