"""How files, folders and differences look in answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pierhead.access.api.routing import format_date
from pierhead.layers.browse import OpenedImage
from pierhead.layers.model.compare import Change, Difference, ImageConfig, compare_mappings
from pierhead.layers.model.entries import EntryKind
from pierhead.layers.model.tree import Node, Page, Tree

_LATEST = 253_402_300_799  # the end of the year 9999


def show(raw: bytes) -> str:
    """A name as text. Bytes that are no UTF-8 are shown by their numbers."""
    return raw.decode(errors="backslashreplace")


def view_status(opened: OpenedImage) -> dict[str, Any]:
    """Whether the image can be looked into: ready, queued, or failed with the reason."""
    digest = opened.image.manifest.sha256
    if not opened.is_read:
        return {"status": "queued", "manifest_digest": digest}
    if opened.failure is not None:
        return {"status": "failed", "manifest_digest": digest, "reason": f"A layer cannot be read: {opened.failure}."}
    return {"status": "ready", "manifest_digest": digest}


def view_folder(opened: OpenedImage, path: bytes, page: Page) -> dict[str, Any]:
    """A page of a folder."""
    shown: dict[str, Any] = {**view_status(opened), "path": "/" + show(path), "entries": [view_node(opened, node) for node in page.nodes]}
    return shown if page.following is None else {**shown, "next": show(page.following)}


def view_node(opened: OpenedImage, node: Node) -> dict[str, Any]:
    """A file or folder, and the layer that brought it."""
    entry = node.entry
    shown: dict[str, Any] = {
        "name": show(node.name),
        "path": "/" + show(node.path),
        "kind": node.kind,
        "size": entry.size,
        "mode": f"{entry.mode:04o}",
        "user": entry.user,
        "group": entry.group,
        "last_modified": format_date(datetime.fromtimestamp(max(0, min(entry.modified, _LATEST)), UTC)),
        "layer_index": node.layer,
        "layer_digest": opened.image.layers[node.layer].digest if opened.image.layers else None,
    }
    if entry.kind is EntryKind.SYMBOLIC_LINK:
        shown["target"] = show(entry.link)
    if entry.kind is EntryKind.FILE:
        shown["sha256"] = None if entry.is_sparse else entry.digest.hex()
    return shown


def view_changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Paths that are not the same."""
    return [
        {
            "path": "/" + show(change.path),
            "change": change.kind.value,
            "kind": (change.after or change.before or _never()).kind,
            "size_before": change.before.entry.size if change.before else None,
            "size_after": change.after.entry.size if change.after else None,
            "what": list(change.what),
        }
        for change in changes
    ]


def view_totals(changes: Sequence[Change]) -> dict[str, int]:
    """How many paths differ, and by how many bytes."""
    totals = {"added": 0, "changed": 0, "removed": 0, "bytes": 0}
    for change in changes:
        totals[change.kind.value] += 1
        totals["bytes"] += (change.after.entry.size if change.after else 0) - (change.before.entry.size if change.before else 0)
    return totals


def view_side(opened: OpenedImage, tree: Tree) -> dict[str, Any]:
    """The sizes of an image."""
    return {
        "manifest_digest": opened.image.manifest.sha256,
        "layers": len(opened.image.layers),
        "packed_bytes": sum(layer.blob.size_bytes for layer in opened.image.layers),
        "unpacked_bytes": sum(each.unpacked_bytes for each in opened.contents if each is not None),
        "files": sum(node.entry.kind is EntryKind.FILE for node in tree.nodes.values()),
    }


def view_configs(before: ImageConfig, after: ImageConfig) -> dict[str, Any]:
    """How the configs differ; commands are those of the history, which mostly begins alike."""
    common = next(
        (number for number, pair in enumerate(zip(before.commands, after.commands, strict=False)) if pair[0] != pair[1]),
        min(len(before.commands), len(after.commands)),
    )
    return {
        "environment": _view_difference(compare_mappings(before.environment, after.environment)),
        "labels": _view_difference(compare_mappings(before.labels, after.labels)),
        "settings": _view_difference(compare_mappings(before.settings, after.settings)),
        "commands": {"common": common, "removed": list(before.commands[common:]), "added": list(after.commands[common:])},
    }


def _view_difference(difference: Difference) -> dict[str, Any]:
    changed = {name: {"before": before, "after": after} for name, (before, after) in difference.changed.items()}
    return {"added": dict(difference.added), "removed": dict(difference.removed), "changed": changed}


def _never() -> Node:
    raise AssertionError("a change has a side")
