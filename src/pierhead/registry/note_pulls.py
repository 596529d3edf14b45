"""Show in lists of tags and on pages of manifests how often they were pulled."""

from collections.abc import Mapping

from pierhead.platform.database import UnitOfWork
from pierhead.registry.store import details, listing


def note_pulls(work: UnitOfWork, pulls: Mapping[tuple[int, str | None, str | None], int]) -> None:
    """Count pulls of (repository, tag, sha256 digest); the audit's aggregator calls this with each batch that it writes."""
    by_tag: dict[tuple[int, str], int] = {}
    by_manifest: dict[tuple[int, str], int] = {}
    for (repository_id, tag, digest), number in pulls.items():
        if tag is not None:
            by_tag[repository_id, tag] = by_tag.get((repository_id, tag), 0) + number
        if digest is not None:
            by_manifest[repository_id, digest] = by_manifest.get((repository_id, digest), 0) + number
    listing.count_pulls(work.connection, [(repository_id, tag, number) for (repository_id, tag), number in by_tag.items()], work.now_ms)
    details.count_pulls(work.connection, by_manifest, work.now_ms)
