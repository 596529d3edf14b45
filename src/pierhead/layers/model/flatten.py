"""What remains of an image's layers when each is laid over those below it (squash, section 4)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pierhead.layers.model.entries import OPAQUE, WHITEOUT, WHITEOUT_META, Entry, EntryKind, name_of, parent_of
from pierhead.layers.model.errors import LayerInvalid

_ROOT = b""


class Kept(NamedTuple):
    """An entry that remains, under the path that it has then.

    A hard link whose target went takes the target's place: `entry` is then the target, and `path` the link's own.
    """

    entry: Entry
    path: bytes
    link: bytes  # of a hard link: the path that it shares its content with
    is_unchanged: bool  # whether the entry's own headers say this path and this link


@dataclass(frozen=True, slots=True)
class Flattened:
    """The result. `layers` holds what remains of each, the lowest first, in the order of its archive."""

    layers: tuple[tuple[Kept, ...], ...]
    missing_folders: tuple[bytes, ...]
    """Folders that hold something and are entries nowhere, parents first."""

    def __iter__(self) -> Iterator[tuple[int, Kept]]:
        """(number of the layer, what remains) of everything."""
        return ((number, kept) for number, layer in enumerate(self.layers) for kept in layer)


_MOST_STEPS = 2_000_000  # of looking for the targets of hard links in lower layers, where real images have none

Place = tuple[int, int]
"""Number of the layer, number of the entry in it."""


@dataclass(slots=True)
class _Layer:
    """One layer, with what its own order of entries comes to."""

    entries: Sequence[Entry]
    standing: dict[bytes, int] = field(default_factory=dict)  # path -> entry that stands at the layer's end
    deleted: set[bytes] = field(default_factory=set)
    opaque: set[bytes] = field(default_factory=set)
    contents: dict[int, Place] = field(default_factory=dict)  # hard link -> the entry that has its content


@dataclass(slots=True)
class _Below:
    """The layers below the one that is gone through, and how much looking into them is still allowed."""

    layers: list[_Layer] = field(default_factory=list)
    steps_left: int = _MOST_STEPS

    def find(self, link: Entry) -> Place:
        """The entry that a hard link of the next layer shares its content with. Raises LayerInvalid when there is none."""
        parents = tuple(_parents(link.link))
        for number in range(len(self.layers) - 1, -1, -1):
            self.steps_left -= 1 + len(parents)
            if self.steps_left < 0:
                raise LayerInvalid("too many hard links point into lower layers")
            lower = self.layers[number]
            index = lower.standing.get(link.link)
            if index is not None and lower.entries[index].kind is not EntryKind.FOLDER:
                return lower.contents.get(index, (number, index))
            if link.link in lower.deleted or any(folder in lower.deleted or folder in lower.opaque for folder in parents):
                break
        raise LayerInvalid(f"the hard link {link.path[:200]!r} points to nothing")


@dataclass(slots=True)
class _Upper:
    """What the layers above make of those below: effective only once a layer has been gone through."""

    settled: set[bytes] = field(default_factory=set)
    deleted: set[bytes] = field(default_factory=set)
    walls: set[bytes] = field(default_factory=set)  # everything strictly below these is hidden
    implied: set[bytes] = field(default_factory=set)  # folders, because something lies in them

    def add(self, layer: _Layer) -> None:
        entries = layer.entries
        self.deleted |= layer.deleted
        self.walls |= layer.deleted
        self.walls |= layer.opaque
        self.walls.update(path for path, index in layer.standing.items() if entries[index].kind is not EntryKind.FOLDER)
        self.settled.update(layer.standing)
        _add_parents(self.implied, layer.standing)


def flatten(layers: Sequence[Sequence[Entry]]) -> Flattened:
    """Lay the layers over each other, the lowest first. Raises LayerInvalid for a hard link to nothing."""
    below = _Below()
    for entries in layers:
        below.layers.append(_resolve(entries, below))
    resolved = below.layers
    survivors = _select(resolved)
    kept = _link(resolved, survivors)
    return Flattened(tuple(map(tuple, kept)), _find_missing(kept))


def _resolve(entries: Sequence[Entry], below: _Below) -> _Layer:
    """Go through a layer in its own order: the same path twice means the last one; markers are set apart."""
    layer = _Layer(entries)
    replaced: dict[bytes, int] = {}  # former folders, and until which entry what was in them is gone
    for index, entry in enumerate(entries):
        path = entry.path
        if WHITEOUT in path and _note_marker(layer, path):
            continue
        if path == _ROOT and entry.kind is not EntryKind.FOLDER:
            continue
        if entry.kind is EntryKind.HARD_LINK:
            layer.contents[index] = _find_content(layer, entry, below)
        before = layer.standing.get(path)
        if before is not None and entries[before].kind is EntryKind.FOLDER and entry.kind is not EntryKind.FOLDER:
            replaced[path] = index
        layer.standing[path] = index
    if replaced:
        _drop_replaced(layer, replaced)
    return layer


def _note_marker(layer: _Layer, path: bytes) -> bool:
    """Whether the path is a whiteout or other metadata of the layer's format, which is no file."""
    folder, name = parent_of(path), name_of(path)
    if name == OPAQUE:
        layer.opaque.add(folder)
    elif name.startswith(WHITEOUT) and not name.startswith(WHITEOUT_META):
        hidden = name.removeprefix(WHITEOUT)
        if hidden not in (b"", b".", b".."):
            layer.deleted.add(folder + b"/" + hidden if folder else hidden)
    return name.startswith(WHITEOUT) or any(part.startswith(WHITEOUT) for part in path.split(b"/"))


def _find_content(layer: _Layer, entry: Entry, below: _Below) -> Place:
    """The entry that a hard link shares its content with, at the moment when the link is made."""
    index = layer.standing.get(entry.link)
    if index is None:
        return below.find(entry)
    if layer.entries[index].kind is EntryKind.FOLDER:
        raise LayerInvalid(f"the hard link {entry.path[:200]!r} points to a folder")
    return layer.contents.get(index, (len(below.layers), index))


def _drop_replaced(layer: _Layer, replaced: dict[bytes, int]) -> None:
    """What lay in a folder before something else took its place in the same layer is gone."""
    until: dict[bytes, int] = {_ROOT: -1}

    def gone_until(folder: bytes) -> int:
        known = until.get(folder)
        if known is None:
            known = until[folder] = max(replaced.get(folder, -1), gone_until(parent_of(folder)))
        return known

    layer.standing = {path: index for path, index in layer.standing.items() if path == _ROOT or index > gone_until(parent_of(path))}


def _select(layers: Sequence[_Layer]) -> list[list[int]]:
    """The entries of each layer, the lowest first, that nothing above hides."""
    upper = _Upper()
    selected: list[list[int]] = []
    for layer in reversed(layers):
        selected.append(sorted(_list_remaining(layer, upper)))
        upper.add(layer)
    selected.reverse()
    return selected


def _list_remaining(layer: _Layer, upper: _Upper) -> Iterator[int]:
    """Asked of every entry of every layer, so it looks things up itself where calls would cost more than they do."""
    entries, settled, deleted, implied = layer.entries, upper.settled, upper.deleted, upper.implied
    hidden: dict[bytes, bool] = {}
    for path, index in layer.standing.items():
        if path in settled or path in deleted or (path in implied and path != _ROOT and entries[index].kind is not EntryKind.FOLDER):
            continue
        folder = path.rpartition(b"/")[0]
        is_hidden = hidden.get(folder)
        if is_hidden is None:
            is_hidden = _is_hidden(folder, upper, hidden)
        if not is_hidden or path == _ROOT:
            yield index


def _is_hidden(folder: bytes, upper: _Upper, hidden: dict[bytes, bool]) -> bool:
    """Whether a layer above hides what this folder and those around it hold."""
    known = hidden.get(folder)
    if known is None:
        known = folder in upper.walls or (folder != _ROOT and _is_hidden(parent_of(folder), upper, hidden))
        hidden[folder] = known
    return known


def _link(layers: Sequence[_Layer], survivors: Sequence[Sequence[int]]) -> list[list[Kept]]:
    """Give every hard link that remains a target that remains, or its target's content."""
    remaining = [set(indexes) for indexes in survivors]
    leaders: dict[Place, bytes] = {}  # content whose own path went -> path of the first link that remains
    for number, indexes in enumerate(survivors):
        contents = layers[number].contents
        for index in indexes if contents else ():
            place = contents.get(index)
            if place is not None and place[1] not in remaining[place[0]]:
                leaders.setdefault(place, layers[number].entries[index].path)
    kept: list[list[Kept]] = []
    for number, indexes in enumerate(survivors):
        layer = layers[number]
        if not layer.contents and not leaders:
            kept.append([Kept(entry, entry.path, b"", not entry.needs_head) for entry in map(layer.entries.__getitem__, indexes)])
            continue
        wanted = sorted({*indexes, *(index for of_layer, index in leaders if of_layer == number)}) if leaders else indexes
        kept.append([found for index in wanted if (found := _keep(layers, layer, (number, index), leaders)) is not None])
    return kept


def _keep(layers: Sequence[_Layer], layer: _Layer, place: Place, leaders: dict[Place, bytes]) -> Kept | None:
    entry = layer.entries[place[1]]
    content = layer.contents.get(place[1])
    if content is None:
        leader = leaders.get(place)
        path = entry.path if leader is None else leader
        return Kept(entry, path, b"", is_unchanged=leader is None and not entry.needs_head)
    leader = leaders.get(content)
    if leader == entry.path:
        return None  # its target has taken its path
    link = layers[content[0]].entries[content[1]].path if leader is None else leader
    return Kept(entry, entry.path, link, is_unchanged=link == entry.link and not entry.needs_head)


def _find_missing(kept: Sequence[Sequence[Kept]]) -> tuple[bytes, ...]:
    present = {found.path for layer in kept for found in layer}
    needed: set[bytes] = set()
    _add_parents(needed, present)
    return tuple(sorted(needed - present - {_ROOT}))


def _add_parents(folders: set[bytes], paths: Iterable[bytes]) -> None:
    """Add every folder around the paths. Where one is known, those around it are."""
    for folder in {path.rpartition(b"/")[0] for path in paths}:
        around = folder
        while around not in folders:
            folders.add(around)
            around = parent_of(around)


def _parents(path: bytes) -> Iterator[bytes]:
    while path:
        path = parent_of(path)
        yield path
