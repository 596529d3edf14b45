"""Which bytes of which layer, and which new ones, a flattened layer consists of: known to the byte before the first is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pierhead.layers.model.entries import SPARSE_NAME, EntryKind
from pierhead.layers.model.flatten import Flattened, Kept
from pierhead.squash.model.tar import END, pack_header, pack_records

_FOLDER_MODE = 0o755


@dataclass(frozen=True, slots=True)
class Copy:
    """Bytes of the unpacked archive of a layer, the end excluded. Steps of a layer never go backwards."""

    start: int
    end: int


Step = Copy | bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """A flattened layer: what stands before everything, then the steps of each source layer, the lowest first, then the archive's end."""

    opening: bytes
    layers: tuple[tuple[Step, ...], ...]
    size_bytes: int


def plan_layer(flattened: Flattened, *, moment: int) -> Plan:
    """How the flattened layer is written. `moment` (Unix seconds) is the time of folders that are made because something lies in them."""
    opening = b"".join(pack_header(path + b"/", kind=b"5", mode=_FOLDER_MODE, size=0, moment=moment) for path in flattened.missing_folders)
    layers = tuple(tuple(_join(layer)) for layer in flattened.layers)
    size = len(opening) + len(END) + sum(_length(step) for steps in layers for step in steps)
    return Plan(opening, layers, size)


def _length(step: Step) -> int:
    return len(step) if isinstance(step, bytes) else step.end - step.start


def _join(layer: Sequence[Kept]) -> list[Step]:
    """Neighbours are copied in one step: where nothing is hidden a whole layer is one."""
    steps: list[Step] = []
    start = end = 0
    for kept in layer:
        entry = kept.entry
        if kept.is_unchanged and entry.start == end and start < end:
            end = entry.end
            continue
        if start < end:
            steps.append(Copy(start, end))
        if kept.is_unchanged:
            start, end = entry.start, entry.end
        else:
            steps += _write_anew(kept)
            start = end = 0
    if start < end:
        steps.append(Copy(start, end))
    return steps


def _write_anew(kept: Kept) -> Iterable[Step]:
    """The entry behind a header of ours, whose records win over what its own header says."""
    entry = kept.entry
    records = dict(entry.records or {})
    path = kept.path + b"/" if entry.kind is EntryKind.FOLDER else kept.path
    records[b"path"] = path or b"./"
    if SPARSE_NAME in records:
        records[SPARSE_NAME] = path
    if entry.kind is EntryKind.HARD_LINK:
        records[b"linkpath"] = kept.link
    elif entry.kind is EntryKind.SYMBOLIC_LINK:
        records[b"linkpath"] = entry.link
    return pack_records(records), Copy(entry.head, entry.end)
