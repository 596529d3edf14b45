"""Queries that find repositories by a part of their name, along the index of such parts; and what keeps that index."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, literal, select, union

from pierhead.platform.database import Prepared, upsert
from pierhead.repositories.model import RepositoryItem, RepositoryKind, choose_grams, cut_grams
from pierhead.repositories.store.lists import ITEM, ROBOT, USER, Holder, granted, is_enabled, is_there, read_items
from pierhead.repositories.tables import repository, repository_gram

# A part that this many names hold is common, however many more there are.
_COMMON = 1000
_ADDING = upsert(repository_gram)
# A row that is there is locked, so that nobody takes it away as a leftover of an earlier repository.
_ADD = _ADDING.on_conflict_do_update(index_elements=["gram", "name"], set_={"name": _ADDING.excluded.name})
_REMOVE = delete(repository_gram).where(repository_gram.c.gram == bindparam("of_gram"), repository_gram.c.name == bindparam("of_name"))
_COUNT = Prepared(
    select(func.count()).select_from(
        select(literal(1)).where(repository_gram.c.gram == bindparam("gram")).limit(bindparam("most")).subquery()
    )
)
_is_image = repository.c.kind == RepositoryKind.IMAGE.value
_matches = repository.c.name.like(bindparam("pattern"), escape="!")


def _find(holder: Holder, *columns: Any, by_gram: bool, everything: bool) -> Prepared:
    """Matching repositories in the order of their names.

    What the holder was granted is looked through one by one. Public ones (or all, for whoever sees everything) come in order from the
    index of parts until there are enough; a text without any letter, which nearly every name holds, walks along the names themselves.
    """
    walked = repository_gram.c.name if by_gram else repository.c.name
    walk = select(repository.c.id).where(walked.like(bindparam("pattern"), escape="!"), _is_image, is_there, is_enabled)
    if by_gram:
        walk = walk.join(repository_gram, repository_gram.c.name == repository.c.name).where(repository_gram.c.gram == bindparam("gram"))
    if not everything:
        walk = walk.where(repository.c.is_public)
    sources: list[Any] = [select(walk.order_by(walked).limit(bindparam("maximum")).subquery().c.id)]
    if not everything:
        direct, by_team, administered = granted(holder)
        candidate = repository.alias()
        sources += [direct, by_team, select(candidate.c.id).where(candidate.c.namespace_id.in_(administered))]
        if holder.owns_namespaces:
            sources.append(select(candidate.c.id).where(candidate.c.namespace_id == holder.id))
    chosen = select(union(*sources).subquery().c[0])
    return Prepared(
        select(*columns)
        .where(repository.c.id.in_(chosen), _matches, _is_image, is_there, is_enabled)
        .order_by(repository.c.name)
        .limit(bindparam("maximum"))
    )


_TEXTS = {
    (is_robot, by_gram): _find(ROBOT if is_robot else USER, repository.c.name, repository.c.description, by_gram=by_gram, everything=False)
    for is_robot in (False, True)
    for by_gram in (False, True)
}
_ITEMS = {
    (everything, by_gram): _find(USER, *ITEM, by_gram=by_gram, everything=everything)
    for everything in (False, True)
    for by_gram in (False, True)
}


def search(connection: Connection, text: str, *, holder: str, is_robot: bool, maximum: int) -> list[tuple[str, str]]:
    """(name, description) of image repositories that are public or that the holder may read and whose name holds the text."""
    gram = _find_rarest(connection, text)
    rows = _TEXTS[is_robot, gram is not None].all(connection, **_parameters(text, gram, maximum), holder=holder)
    return [(row[0], row[1]) for row in rows]


def find_items(connection: Connection, text: str, *, user: str, everything: bool, maximum: int) -> list[RepositoryItem]:
    """Image repositories that are public or that the user may read, or all, and whose name holds the text. The empty user is nobody."""
    gram = _find_rarest(connection, text)
    statement = _ITEMS[everything, gram is not None]
    return read_items(statement.all(connection, **_parameters(text, gram, maximum), holder=user))


def add_names(connection: Connection, names: Iterable[str]) -> None:
    """Let living repositories be found. Rows are written in a fixed order, so that two writers cannot deadlock."""
    rows = [{"gram": gram, "name": name} for name in sorted(names) for gram in sorted(cut_grams(name))]
    if rows:
        connection.execute(_ADD, rows)


def remove_names(connection: Connection, names: Iterable[str]) -> None:
    """Let names that are free no longer take room."""
    rows = [{"of_gram": gram, "of_name": name} for name in sorted(names) for gram in sorted(cut_grams(name))]
    if rows:
        connection.execute(_REMOVE, rows)


def escape_like(text: str) -> str:
    """The text as a part of a pattern of LIKE with the escape `!`."""
    return re.sub("[!%_]", r"!\g<0>", text)


def _find_rarest(connection: Connection, text: str) -> str | None:
    """The part of the text that the fewest names hold; a few short looks into the index."""
    counted = [(_COUNT.first(connection, gram=gram, most=_COMMON) or (0,), gram) for gram in choose_grams(text)]
    return min(counted)[1] if counted else None


def _parameters(text: str, gram: str | None, maximum: int) -> dict[str, Any]:
    found: dict[str, Any] = {"pattern": f"%{escape_like(text)}%", "maximum": maximum}
    return found if gram is None else {**found, "gram": gram}
