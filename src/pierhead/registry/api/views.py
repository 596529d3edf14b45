"""The JSON objects of tags, their history and their policies (api-v1/repositories, sections 4 to 8)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pierhead.access.api.routing import format_date
from pierhead.registry.list_tags import ShownInterval, ShownTag
from pierhead.registry.model.labels import Label
from pierhead.registry.model.listed_tags import Details, ListedTag, TagAt
from pierhead.registry.model.policies import ImmutabilityPolicy, PrunePolicy
from pierhead.registry.model.tags import Move, TagEvent
from pierhead.registry.model.time_machine import Comparison, Standing, TagDifference
from pierhead.registry.prune_tags import PrunePreview

_INDEX = "index"


def format_ms(moment_ms: int | None) -> str | None:
    """RFC 2822."""
    return None if moment_ms is None else format_date(datetime.fromtimestamp(moment_ms // 1000, UTC))


def view_tag(shown: ShownTag) -> dict[str, Any]:
    """Tag, with everything that a page shows of it."""
    tag = shown.tag
    return {
        **_view_span(tag.name, tag.digest, tag.size_bytes, tag.start_ms, tag.end_ms),
        **_view_details(shown.details, shown.children),
        "reversion": tag.restored,
        "immutable": tag.immutable,
        "media_type": shown.details.media_type,
        "artifact_type": shown.details.artifact_type,
        "platforms": shown.details.platforms.split(",") if shown.details.platforms else [],
        "labels": dict(shown.labels),
        "signed": tag.signed,
        "referrers_count": tag.referrers,
        "pull_count": tag.pulls,
        "last_pulled": format_ms(tag.last_pulled_ms),
        "pushed_by": tag.moved_by,
        "vulnerabilities": None,
    }


def view_interval(shown: ShownInterval) -> dict[str, Any]:
    """Tag, of the history."""
    interval = shown.interval
    return {
        **_view_span(interval.name, interval.digest, interval.size_bytes, interval.start_ms, interval.end_ms),
        **_view_details(shown.details, shown.children),
        "reversion": bool(interval.restored),
        "immutable": bool(interval.immutable),
        "pushed_by": interval.moved_by,
    }


def _view_span(name: str, digest: str, size_bytes: int | None, start_ms: int, end_ms: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": name,
        "manifest_digest": digest,
        "size": size_bytes,
        "start_ts": start_ms // 1000,
        "last_modified": format_ms(start_ms),
    }
    return shown if end_ms is None else {**shown, "end_ts": end_ms // 1000, "expiration": format_ms(end_ms)}


def _view_details(details: Details, children: Mapping[str, bool] | None) -> dict[str, Any]:
    if children is None:
        return {"is_manifest_list": details.kind == _INDEX}
    present = sum(children.values())
    return {
        "is_manifest_list": True,
        "is_sparse": present < len(children),
        "child_manifest_count": len(children),
        "present_child_count": present,
        "child_manifests_presence": dict(children),
    }


def view_move(move: Move | None) -> dict[str, Any]:
    """What pointing a tag somewhere changed."""
    if move is None:
        return {"moved": False}
    previous = move.previous
    return {
        "name": move.name,
        "manifest_digest": move.digest,
        "previous_manifest_digest": previous,
        "created": previous is None,
        "moved": previous is not None and previous != move.digest,
    }


def view_event(event: TagEvent) -> dict[str, Any]:
    """An entry of a history."""
    return {
        "kind": event.kind.value,
        "name": event.name,
        "time": format_ms(event.at_ms),
        "time_ms": event.at_ms,
        "manifest_digest": event.digest,
        "previous_manifest_digest": event.previous,
        "by": event.by,
        "can_restore": event.can_be_restored,
    }


def view_tag_at(tag: TagAt) -> dict[str, Any]:
    """A tag as it was at a moment."""
    return {
        "name": tag.name,
        "manifest_digest": tag.digest,
        "size": tag.size_bytes,
        "start_ts": tag.start_ms // 1000,
        "last_modified": format_ms(tag.start_ms),
        "immutable": bool(tag.immutable),
        "is_manifest_list": tag.kind == _INDEX,
    }


def view_comparison(found: Comparison, maximum: int) -> dict[str, Any]:
    """What differs: the counts of everything, and so many of the tags."""
    return {
        "time": format_ms(found.at_ms),
        "time_ms": found.at_ms,
        "counts": {kind.value: number for kind, number in found.counts.items()},
        "unchanged": found.same,
        "blocked": found.blocked,
        "differences": [_view_difference(each) for each in found.differences[:maximum]],
        "has_additional": len(found.differences) > maximum,
    }


def _view_difference(difference: TagDifference) -> dict[str, Any]:
    return {
        "kind": difference.kind.value,
        "name": difference.name,
        "then": _view_standing(difference.then),
        "now": _view_standing(difference.now),
        "blocked": difference.is_blocked,
    }


def _view_standing(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {"manifest_digest": standing.digest, "size": standing.size_bytes, "immutable": standing.immutable}


def view_chosen(tag: ListedTag) -> dict[str, Any]:
    """A tag that a change of many would be about."""
    return {
        "name": tag.name,
        "manifest_digest": tag.digest,
        "size": tag.size_bytes,
        "last_modified": format_ms(tag.start_ms),
        "last_pulled": format_ms(tag.last_pulled_ms),
        "immutable": tag.immutable,
    }


def view_prune_preview(preview: PrunePreview, maximum: int) -> dict[str, Any]:
    """What would go from a repository."""
    namespace, _, name = preview.repository.partition("/")
    return {
        "namespace": namespace,
        "name": name,
        "count": len(preview.tags),
        "freed_bytes": preview.freed_bytes,
        "tags": [view_chosen(tag) for tag in preview.tags[:maximum]],
        "has_additional": len(preview.tags) > maximum,
    }


def view_label(label: Label) -> dict[str, Any]:
    """Label."""
    return {"id": label.uuid, "key": label.key, "value": label.value, "source_type": label.source, "media_type": label.media_type}


def view_immutability_policy(policy: ImmutabilityPolicy) -> dict[str, Any]:
    """Policy, of immutability."""
    return {"uuid": policy.uuid, "tagPattern": policy.pattern, "tagPatternMatches": policy.matches}


def view_prune_policy(policy: PrunePolicy) -> dict[str, Any]:
    """Policy, of pruning."""
    return {
        "uuid": policy.uuid,
        "method": policy.method.value,
        "value": policy.shown_value,
        "tagPattern": policy.pattern,
        "tagPatternMatches": policy.matches,
    }
