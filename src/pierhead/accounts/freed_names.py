"""Names that a renaming or deletion has left. A `/v2` token bears names and is not asked back, so that for as long as one may live the name
goes to nobody but whoever freed it."""

from datetime import timedelta

from pierhead.accounts.model.errors import NameJustFreed
from pierhead.accounts.store import freed_names
from pierhead.audit.model import Performer
from pierhead.platform.database import UnitOfWork

_LONGEST_TOKEN_LIFE = timedelta(seconds=3720)  # with what clocks may differ


def find_taker(performer: Performer) -> str | None:
    """Whose name decides whether a freed name may be taken; None, who may take all of them, is the server and its command line."""
    return None if performer.kind == "system" else performer.name or ""


def free_name(work: UnitOfWork, name: str, freed_by: str | None) -> None:
    """Remember that the name became free."""
    freed_names.forget_old(work.connection, work.now - _LONGEST_TOKEN_LIFE)
    freed_names.add(work.connection, name, freed_by, work.now)


def require_untainted(work: UnitOfWork, name: str, taker: str | None) -> None:
    """Raises NameJustFreed."""
    if taker is None:
        return
    freed = freed_names.find(work.connection, name, work.now - _LONGEST_TOKEN_LIFE)
    if freed is not None and freed.freed_by != taker:
        raise NameJustFreed(name)
