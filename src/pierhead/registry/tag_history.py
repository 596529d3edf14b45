"""What happened to a tag, or to all tags of a repository: complete, in pages, by whom (specification S2.11, S2.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from pierhead.access.model.identity import Identity
from pierhead.platform.database import UnitOfWork
from pierhead.registry.model.tags import EndReason, EventKind, TagEvent
from pierhead.registry.store import history as store
from pierhead.registry.store.history import Beginning, Ending
from pierhead.registry.tag_access import require_readable
from pierhead.repositories.records import find_tag_window_ms

_END = 2**62
_Item = tuple[int, int, int, Beginning | Ending]
_KINDS = {EndReason.DELETED: EventKind.DELETED, EndReason.PURGED: EventKind.DELETED, EndReason.PRUNED: EventKind.PRUNED}


@dataclass(frozen=True, slots=True)
class HistoryPlace:
    """A place in a history: behind these (moment, row) of beginnings and of endings."""

    beginning: tuple[int, int] = (_END, _END)
    ending: tuple[int, int] = (_END, _END)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some events, the newest first; `following` is where the next page begins, None at the end."""

    events: list[TagEvent]
    following: HistoryPlace | None


def list_history(work: UnitOfWork, identity: Identity, name: str, tag: str | None, place: HistoryPlace, *, maximum: int) -> HistoryPage:
    """Events of one tag, or of all where it is None."""
    repository = require_readable(work, identity, name)
    horizon_ms = work.now_ms - find_tag_window_ms(work, repository)
    beginnings = store.list_beginnings(work.connection, repository.id, tag, below=place.beginning, maximum=maximum + 1)
    # Older endings belong to later pages, so there is no need to pass over all the moves before them.
    least_ms = beginnings[-1].start_ms if len(beginnings) > maximum else 0
    endings = store.list_endings(
        work.connection, repository.id, tag, below=place.ending, least_ms=least_ms, now_ms=work.now_ms, maximum=maximum + 1
    )
    began: Iterator[_Item] = ((each.start_ms, 1, each.id, each) for each in beginnings)
    ended: Iterator[_Item] = ((each.end_ms, 0, each.id, each) for each in endings)
    # The same moment and row: what ended had begun before, so its end is the newer one.
    merged = list(merge(began, ended, key=lambda item: (item[0], item[2], -item[1]), reverse=True))
    shown = [item[3] for item in merged[:maximum]]
    events = [_tell_beginning(each, horizon_ms) if isinstance(each, Beginning) else _tell_ending(each, horizon_ms) for each in shown]
    return HistoryPage(events, _move_on(place, shown) if len(merged) > maximum else None)


def _move_on(place: HistoryPlace, shown: list[Beginning | Ending]) -> HistoryPlace:
    beginning, ending = place.beginning, place.ending
    for each in shown:
        if isinstance(each, Beginning):
            beginning = (each.start_ms, each.id)
        else:
            ending = (each.end_ms, each.id)
    return HistoryPlace(beginning, ending)


def _tell_beginning(found: Beginning, horizon_ms: int) -> TagEvent:
    follows = found.previous_end_ms is not None and found.previous_end_ms >= found.start_ms
    if found.restored:
        kind = EventKind.RESTORED
    elif found.previous_end_ms is None:
        kind = EventKind.CREATED
    elif not follows:
        kind = EventKind.RECREATED
    else:
        kind = EventKind.PUSHED_AGAIN if found.previous_digest == found.digest else EventKind.MOVED
    reachable = found.end_ms is None or found.end_ms > horizon_ms
    return TagEvent(kind, found.name, found.start_ms, found.digest, found.previous_digest, found.moved_by, reachable)


def _tell_ending(found: Ending, horizon_ms: int) -> TagEvent:
    kind = EventKind.EXPIRED if found.reason is None else _KINDS.get(EndReason(found.reason), EventKind.DELETED)
    return TagEvent(kind, found.name, found.end_ms, found.digest, found.digest, found.ended_by, found.end_ms > horizon_ms)
