"""The file system of an image, to walk through: what lies in a folder, and which layer brought it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pierhead.layers.model.entries import Entry, EntryKind, name_of, parent_of
from pierhead.layers.model.errors import FileUnknown, NotAFile
from pierhead.layers.model.flatten import Flattened

_ROOT = b""
_KINDS = {
    EntryKind.FILE: "file",
    EntryKind.HARD_LINK: "file",
    EntryKind.SYMBOLIC_LINK: "symlink",
    EntryKind.CHARACTER_DEVICE: "character device",
    EntryKind.BLOCK_DEVICE: "block device",
    EntryKind.FOLDER: "folder",
    EntryKind.FIFO: "fifo",
}


class Node(NamedTuple):
    """A file or folder of an image. A hard link is what it links to."""

    path: bytes
    entry: Entry
    layer: int  # number of the layer that brought it, 0 is the lowest

    @property
    def name(self) -> bytes:
        """The last part of the path."""
        return name_of(self.path)

    @property
    def kind(self) -> str:
        """The kind in a word."""
        return _KINDS[self.entry.kind]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a folder's nodes by their names; `following` is where the next page begins, None at the end."""

    nodes: Sequence[Node]
    following: bytes | None


class Tree:
    """Every path of an image. Folders that are entries nowhere are left out of `nodes` and found all the same."""

    def __init__(self, flattened: Flattened) -> None:
        self.nodes: dict[bytes, Node] = {}
        links: dict[bytes, bytes] = {}
        for layer, kept in flattened:
            self.nodes[kept.path] = Node(kept.path, kept.entry, layer)
            if kept.link:
                links[kept.path] = kept.link
        for path, target in links.items():
            if target in self.nodes:
                self.nodes[path] = self.nodes[target]._replace(path=path)
        for folder in flattened.missing_folders:
            self.nodes[folder] = Node(folder, _implied(folder), 0)
        self._children = _group(self.nodes)

    def find(self, path: bytes) -> Node:
        """The node of a path in normal form. Raises FileUnknown."""
        found = self.nodes.get(path)
        if found is None and path == _ROOT:
            return Node(_ROOT, _implied(_ROOT), 0)
        if found is None:
            raise FileUnknown(path.decode(errors="replace"))
        return found

    def find_file(self, path: bytes) -> Node:
        """A node that has content. Raises FileUnknown and NotAFile."""
        found = self.find(path)
        if found.entry.kind is EntryKind.SYMBOLIC_LINK:
            raise NotAFile(path.decode(errors="replace"), f"it is a link to {found.entry.link.decode(errors='replace')}")
        if found.entry.kind is not EntryKind.FILE:
            raise NotAFile(path.decode(errors="replace"), f"it is a {found.kind}")
        return found

    def list_folder(self, path: bytes, *, after: bytes, maximum: int) -> Page:
        """What lies in the folder, beyond the name `after`. Raises FileUnknown, also for what is no folder."""
        if self.find(path).entry.kind is not EntryKind.FOLDER:
            raise FileUnknown(path.decode(errors="replace"))
        names = self._children.get(path, ())
        start = bisect_right(names, after) if after else 0
        some = names[start : start + maximum]
        prefix = path + b"/" if path else b""
        nodes = [self.nodes[prefix + name] for name in some]
        return Page(nodes, some[-1] if start + maximum < len(names) else None)


def _group(paths: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    children: dict[bytes, list[bytes]] = {}
    for path in paths:
        if path != _ROOT:
            children.setdefault(parent_of(path), []).append(name_of(path))
    for names in children.values():
        names.sort()
    return children


def _implied(path: bytes) -> Entry:
    return Entry(path, EntryKind.FOLDER, 0o755, 0, 0, 0, 0, 0, 0, 0, 0)
