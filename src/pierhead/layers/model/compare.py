"""What differs between two images: files, and what their configs say."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from pierhead.layers.model.entries import Entry
from pierhead.layers.model.tree import Node, Tree

_ATTRIBUTES = b"SCHILY.xattr."
_SETTINGS = {
    "Entrypoint": "entrypoint",
    "Cmd": "command",
    "User": "user",
    "WorkingDir": "working_dir",
    "ExposedPorts": "ports",
    "Volumes": "volumes",
}


class ChangeKind(StrEnum):
    """What became of a path."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A path that is not the same in both; `what` names what changed of it."""

    path: bytes
    kind: ChangeKind
    before: Node | None
    after: Node | None
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What a config says about running an image."""

    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    commands: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Two mappings, compared."""

    added: Mapping[str, Any]
    removed: Mapping[str, Any]
    changed: Mapping[str, tuple[Any, Any]]


def compare_trees(before: Tree, after: Tree) -> list[Change]:
    """Every difference, by path. Times of modification are none."""
    changes: list[Change] = []
    for path in sorted(before.nodes.keys() | after.nodes.keys()):
        old, new = before.nodes.get(path), after.nodes.get(path)
        if old is None:
            changes.append(Change(path, ChangeKind.ADDED, None, new))
        elif new is None:
            changes.append(Change(path, ChangeKind.REMOVED, old, None))
        elif old.entry is not new.entry:
            what = _compare_entries(old.entry, new.entry)
            if what:
                changes.append(Change(path, ChangeKind.CHANGED, old, new, what))
    return changes


def page_changes(changes: Sequence[Change], *, after: bytes, maximum: int) -> tuple[Sequence[Change], bytes | None]:
    """Some changes beyond a path, and where the next page begins."""
    start = bisect_right(changes, after, key=lambda change: change.path) if after else 0
    some = changes[start : start + maximum]
    return some, some[-1].path if start + maximum < len(changes) else None


def _compare_entries(old: Entry, new: Entry) -> tuple[str, ...]:
    if old.kind is not new.kind:
        return ("kind",)
    facts = (
        ("content", (old.size, old.digest) == (new.size, new.digest)),
        ("mode", old.mode == new.mode),
        ("owner", (old.user, old.group) == (new.user, new.group)),
        ("target", old.link == new.link),
        ("device", old.device == new.device),
        ("attributes", _attributes(old) == _attributes(new)),
    )
    return tuple(name for name, is_same in facts if not is_same)


def _attributes(entry: Entry) -> dict[bytes, bytes]:
    return {name: value for name, value in (entry.records or {}).items() if name.startswith(_ATTRIBUTES)}


class _History(msgspec.Struct):
    created_by: str = ""


class _Document(msgspec.Struct):
    config: dict[str, Any] | None = None
    history: list[_History] | None = None


def read_config(content: bytes) -> ImageConfig:
    """The parts of a config that are compared; what is malformed is left out."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, RecursionError):
        return ImageConfig()
    config = document.config or {}
    environment = [word.partition("=") for word in _list(config.get("Env")) if isinstance(word, str)]
    labels = config.get("Labels")
    return ImageConfig(
        environment={name: value for name, _, value in environment},
        labels={str(name): str(value) for name, value in labels.items()} if isinstance(labels, dict) else {},
        settings={name: config[word] for word, name in _SETTINGS.items() if config.get(word)},
        commands=[line.created_by for line in document.history or ()],
    )


def compare_mappings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """What was added, removed and changed."""
    return Difference(
        {name: value for name, value in after.items() if name not in before},
        {name: value for name, value in before.items() if name not in after},
        {name: (value, after[name]) for name, value in before.items() if name in after and after[name] != value},
    )


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
