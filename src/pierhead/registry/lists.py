"""The lists of the protocol: tags, referrers, catalog (registry-protocol 7)."""

from dataclasses import dataclass

import msgspec

from pierhead.platform.database import UnitOfWork
from pierhead.registry.authorize import Caller, LoginRequired, require_pull
from pierhead.registry.model.errors import RepositoryUnknown
from pierhead.registry.model.names import Digest, RepositoryName
from pierhead.registry.store import manifests as manifest_store
from pierhead.registry.store import tags as tag_store
from pierhead.repositories import records
from pierhead.repositories.model import Repository
from pierhead.repositories.services import RepositoryTag

_REFERRERS_PAGE = 200
_REFERRERS_PAGE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """Some names in byte order; `last` is where the next page begins, None at the end."""

    names: list[str]
    last: str | None


@dataclass(frozen=True, slots=True)
class ReferrersPage:
    """Some descriptors of referrers; `after` is where the next page begins, None at the end."""

    descriptors: list[dict[str, object]]
    after: int | None


class _FallbackIndex(msgspec.Struct):
    manifests: list[dict[str, object]] = []


_decode_fallback = msgspec.json.Decoder(_FallbackIndex).decode


def list_tags(work: UnitOfWork, caller: Caller, name: RepositoryName, *, after: str, maximum: int) -> Page:
    """Living tags beyond `after`, which need not exist. Raises RepositoryUnknown."""
    repository = require_pull(work, caller, name)
    if maximum == 0:
        return Page([], None)
    names = tag_store.list_living_names(work.connection, repository.id, after=after, maximum=maximum + 1, now_ms=work.now_ms)
    return _page(names, maximum)


def list_repository_tags(work: UnitOfWork, repository: Repository, maximum: int) -> list[RepositoryTag]:
    """Living tags for the page of a repository, in byte order. Whoever calls this has checked the caller."""
    rows = tag_store.list_living(work.connection, repository.id, maximum=maximum, now_ms=work.now_ms)
    return [RepositoryTag(*row) for row in rows]


def list_catalog(work: UnitOfWork, caller: Caller, *, with_public: bool, after: str, maximum: int) -> Page:
    """Repositories that the caller may read. Raises LoginRequired when that can be none because nobody is signed in."""
    if caller.identity.is_anonymous and not with_public:
        raise LoginRequired
    if maximum == 0:
        return Page([], None)
    return _page(records.list_visible_names(work, caller.identity, with_public=with_public, after=after, maximum=maximum + 1), maximum)


def list_referrers(
    work: UnitOfWork, caller: Caller, name: RepositoryName, digest: Digest, *, artifact_type: str | None, after: int
) -> ReferrersPage:
    """Descriptors of the manifests whose subject is `digest`, oldest first; empty for an unknown digest or a repository still to be made.

    A subject that the repository holds under two digests has one list, whichever of them a referrer names and a client asks with. Each
    referrer stands there by the digest that it was pushed with first. The first page also holds what old clients recorded under the
    fallback tag `<algorithm>-<hex>`.
    """
    try:
        repository = require_pull(work, caller, name)
    except RepositoryUnknown:
        return ReferrersPage([], None)
    subjects = _names_of(work, repository, digest)
    rows = manifest_store.list_referrers(
        work.connection, repository.id, subjects, artifact_type=artifact_type, after=after, maximum=_REFERRERS_PAGE + 1
    )
    descriptors: list[dict[str, object]] = []
    size = 0
    for row in rows[:_REFERRERS_PAGE]:
        size += len(row.annotations or "")
        if descriptors and size > _REFERRERS_PAGE_BYTES:
            break
        descriptors.append(_descriptor(row))
    following = rows[len(descriptors) - 1].id if len(descriptors) < len(rows) else None
    if after == 0:
        listed = {str(descriptor["digest"]): descriptor for descriptor in descriptors}
        for subject in subjects:
            for entry in _fallback(work, repository, subject, artifact_type):
                listed.setdefault(str(entry.get("digest")), entry)
        descriptors = list(listed.values())
    return ReferrersPage(descriptors, following)


def _names_of(work: UnitOfWork, repository: Repository, digest: Digest) -> list[str]:
    """Every digest by which the repository knows the content, at least the given one."""
    found = manifest_store.find_manifest(work.connection, repository.id, digest)
    if found is None or found.sha512 is None:
        return [str(digest)]
    return [found.sha256, found.sha512]


def _descriptor(row: manifest_store.Referrer) -> dict[str, object]:
    descriptor: dict[str, object] = {"mediaType": row.media_type, "digest": row.digest, "size": row.size_bytes}
    if row.artifact_type:
        descriptor["artifactType"] = row.artifact_type
    if row.annotations:
        descriptor["annotations"] = msgspec.json.decode(row.annotations)
    return descriptor


def _fallback(work: UnitOfWork, repository: Repository, subject: str, artifact_type: str | None) -> list[dict[str, object]]:
    manifest_id = manifest_store.find_fallback_index(work.connection, repository.id, subject.replace(":", "-")[:128], now_ms=work.now_ms)
    if manifest_id is None:
        return []
    try:
        entries = _decode_fallback(manifest_store.find_content(work.connection, manifest_id) or b"{}").manifests
    except msgspec.DecodeError:
        return []
    return [entry for entry in entries if artifact_type is None or entry.get("artifactType") == artifact_type]


def _page(names: list[str], maximum: int) -> Page:
    return Page(names[:maximum], names[maximum - 1] if len(names) > maximum else None)
