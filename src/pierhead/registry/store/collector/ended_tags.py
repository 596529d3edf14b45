"""Queries about intervals of tags that the time machine has let go."""

from sqlalchemy import BigInteger, BindParameter, Connection, Select, bindparam, case, delete, func, select, update

from pierhead.accounts.tables import account
from pierhead.platform.database import Prepared, upsert
from pierhead.registry.tables import collector_repository, manifest, tag
from pierhead.repositories.tables import repository

_FAR = 1 << 62
_window_ms = account.c.tag_window_seconds * 1000
_of_repository: BindParameter[int] = bindparam("repository_id", type_=BigInteger)


def _note(ended: Select[tuple[int, int]]) -> Prepared:
    """Make the collector look at the repository when the first of the intervals leaves the time machine, unless it looks earlier."""
    adding = upsert(collector_repository).from_select(["repository_id", "due_ms"], ended)
    earlier = case((collector_repository.c.due_ms < adding.excluded.due_ms, collector_repository.c.due_ms), else_=adding.excluded.due_ms)
    return Prepared(adding.on_conflict_do_update(index_elements=["repository_id"], set_={"due_ms": earlier}))


_ended = (
    select(tag.c.repository_id, func.min(tag.c.end_ms + _window_ms))
    .join(repository, repository.c.id == tag.c.repository_id)
    .join(account, account.c.id == repository.c.namespace_id)
    .where(tag.c.end_ms.is_not(None))
    .group_by(tag.c.repository_id)
)
_NOTE_ONE = _note(_ended.where(tag.c.id == bindparam("tag_id")))
_NOTE_OF_MANIFEST = _note(_ended.where(tag.c.manifest_id == bindparam("manifest_id")))
# One step in the index of ends, however many intervals of the repository have ended.
_first_end = (
    select(func.min(tag.c.end_ms))
    .where(tag.c.repository_id == _of_repository, tag.c.end_ms.is_not(None), tag.c.immutable.is_(False))
    .scalar_subquery()
)
_NOTE_OF_REPOSITORY = _note(
    select(repository.c.id, _first_end + _window_ms)
    .join(account, account.c.id == repository.c.namespace_id)
    .where(repository.c.id == _of_repository, _first_end.is_not(None))
)

_DUE = Prepared(
    select(collector_repository.c.repository_id)
    .where(collector_repository.c.due_ms <= bindparam("now_ms"))
    .order_by(collector_repository.c.due_ms)
    .limit(bindparam("maximum"))
)
_NAMESPACE = Prepared(
    select(account.c.is_enabled, account.c.tag_window_seconds)
    .join(repository, repository.c.namespace_id == account.c.id)
    .where(repository.c.id == _of_repository)
)
_forgotten = (
    select(tag.c.id)
    .where(tag.c.repository_id == _of_repository, tag.c.end_ms <= bindparam("ended_by_ms"), tag.c.immutable.is_(False))
    .order_by(tag.c.end_ms)
    .limit(bindparam("maximum"))
)
_REMOVE = Prepared(delete(tag).where(tag.c.id.in_(_forgotten)).returning(tag.c.manifest_id))
_NEXT = Prepared(
    select(func.min(tag.c.end_ms)).where(tag.c.repository_id == _of_repository, tag.c.end_ms.is_not(None), tag.c.immutable.is_(False))
)
_POSTPONE = Prepared(
    update(collector_repository)
    .where(collector_repository.c.repository_id == bindparam("of_repository"))
    .values(due_ms=bindparam("new_due_ms"))
)
_FORGET = Prepared(delete(collector_repository).where(collector_repository.c.repository_id == _of_repository))
_MISSED = Prepared(
    select(repository.c.id)
    .join(account, account.c.id == repository.c.namespace_id)
    .outerjoin(collector_repository, collector_repository.c.repository_id == repository.c.id)
    .where(
        repository.c.id == _of_repository,
        account.c.is_enabled,
        func.coalesce(collector_repository.c.due_ms, _FAR) > _first_end + _window_ms,
    )
)
_LET_GO = Prepared(
    update(manifest)
    .where(manifest.c.id == bindparam("manifest_id"), manifest.c.held_until_ms < bindparam("until_ms"))
    .values(held_until_ms=bindparam("until_ms"))
)


def note_ended_tag(connection: Connection, tag_id: int) -> None:
    """Call it in the transaction that gives the interval an end, now or in the future."""
    _NOTE_ONE.run(connection, tag_id=tag_id)


def note_ended_tags_of_manifest(connection: Connection, manifest_id: int) -> None:
    """As `note_ended_tag`, for all intervals of a manifest."""
    _NOTE_OF_MANIFEST.run(connection, manifest_id=manifest_id)


def note_ended_tags_of_repository(connection: Connection, repository_id: int) -> None:
    """As `note_ended_tag`, for all intervals of a repository; also when the time machine's window became shorter."""
    _NOTE_OF_REPOSITORY.run(connection, repository_id=repository_id)


def list_due_repositories(connection: Connection, *, now_ms: int, maximum: int) -> list[int]:
    """Repositories with intervals that the time machine may have let go, the longest due first."""
    return [row[0] for row in _DUE.all(connection, now_ms=now_ms, maximum=maximum)]


def find_window(connection: Connection, repository_id: int) -> tuple[bool, int] | None:
    """Whether the repository's namespace is enabled, and its time machine's reach in milliseconds."""
    row = _NAMESPACE.first(connection, repository_id=repository_id)
    return None if row is None else (bool(row[0]), row[1] * 1000)


def remove_ended_tags(connection: Connection, repository_id: int, *, ended_by_ms: int, maximum: int) -> list[int]:
    """Remove the oldest of the intervals that ended by then; their manifests, one for each interval. Immutable ones stay."""
    return [row[0] for row in _REMOVE.all(connection, repository_id=repository_id, ended_by_ms=ended_by_ms, maximum=maximum)]


def find_next_end(connection: Connection, repository_id: int) -> int | None:
    """The earliest end of an interval of the repository."""
    row = _NEXT.first(connection, repository_id=repository_id)
    return row[0] if row else None


def postpone(connection: Connection, repository_id: int, due_ms: int) -> None:
    """Look at the repository then."""
    _POSTPONE.run(connection, of_repository=repository_id, new_due_ms=due_ms)


def forget_repository(connection: Connection, repository_id: int) -> None:
    """Nothing of the repository has ended."""
    _FORGET.run(connection, repository_id=repository_id)


def has_missed_tags(connection: Connection, repository_id: int) -> bool:
    """Whether an interval leaves the time machine before the collector looks at the repository."""
    return _MISSED.first(connection, repository_id=repository_id) is not None


def let_go_of_manifest(connection: Connection, manifest_id: int, *, until_ms: int) -> None:
    """Look at the manifest then, or later when it is held longer."""
    _LET_GO.run(connection, manifest_id=manifest_id, until_ms=until_ms)
