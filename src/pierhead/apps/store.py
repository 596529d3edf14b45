"""Queries about channels."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from pierhead.apps.tables import app_channel, app_content
from pierhead.platform.database import Prepared, upsert


class Link(NamedTuple):
    """A release that a channel led to."""

    channel: str
    release: str


_new_link = upsert(app_channel).values({name: bindparam(name) for name in ("repository_id", "name", "release", "linked_ms")})
_LINK = Prepared(
    _new_link.on_conflict_do_update(index_elements=["repository_id", "name", "release"], set_={"linked_ms": _new_link.excluded.linked_ms})
)
_of_repository = app_channel.c.repository_id == bindparam("in_repository")
_of_channel = app_channel.c.name == bindparam("channel")
_NEWEST_FIRST = (app_channel.c.name, app_channel.c.linked_ms.desc(), app_channel.c.id.desc())
_LIST = Prepared(
    select(app_channel.c.name, app_channel.c.release).where(_of_repository).order_by(*_NEWEST_FIRST).limit(bindparam("maximum"))
)
_OF_ONE = Prepared(select(app_channel.c.name, app_channel.c.release).where(_of_repository, _of_channel).order_by(*_NEWEST_FIRST))
_NEWEST = Prepared(select(app_channel.c.linked_ms).where(_of_repository, _of_channel).order_by(app_channel.c.linked_ms.desc()).limit(1))
_UNLINK = Prepared(
    delete(app_channel).where(_of_repository, _of_channel, app_channel.c.release == bindparam("of_release")).returning(app_channel.c.id)
)
_DELETE = Prepared(delete(app_channel).where(_of_repository, _of_channel).returning(app_channel.c.id))
_new_content = upsert(app_content).values({name: bindparam(name) for name in ("repository_id", "tar_digest", "blob_digest")})
_NOTE_CONTENT = Prepared(
    _new_content.on_conflict_do_update(
        index_elements=["repository_id", "tar_digest"], set_={"blob_digest": _new_content.excluded.blob_digest}
    )
)
_FIND_CONTENT = Prepared(
    select(app_content.c.blob_digest).where(
        app_content.c.repository_id == bindparam("in_repository"), app_content.c.tar_digest == bindparam("digest")
    )
)


def note_content(connection: Connection, repository_id: int, *, tar_digest: str, blob_digest: str) -> None:
    """Remember the blob that unpacks to the tar; the newest of several."""
    _NOTE_CONTENT.run(connection, repository_id=repository_id, tar_digest=tar_digest, blob_digest=blob_digest)


def find_blob_digest(connection: Connection, repository_id: int, tar_digest: str) -> str | None:
    """The digest of a blob that unpacks to the tar."""
    found = _FIND_CONTENT.first(connection, in_repository=repository_id, digest=tar_digest)
    return None if found is None else found[0]


def link(connection: Connection, repository_id: int, channel: str, release: str, *, now_ms: int) -> None:
    """Make the release the channel's newest; links of one millisecond, and of nodes whose clocks differ, keep their order."""
    newest = _NEWEST.first(connection, in_repository=repository_id, channel=channel)
    linked_ms = now_ms if newest is None else max(now_ms, newest[0] + 1)
    _LINK.run(connection, repository_id=repository_id, name=channel, release=release, linked_ms=linked_ms)


def list_links(connection: Connection, repository_id: int, *, maximum: int) -> list[Link]:
    """All links of a repository by channel, newest first within each."""
    return [Link(*row) for row in _LIST.all(connection, in_repository=repository_id, maximum=maximum)]


def list_links_of(connection: Connection, repository_id: int, channel: str) -> list[Link]:
    """The links of one channel, newest first."""
    return [Link(*row) for row in _OF_ONE.all(connection, in_repository=repository_id, channel=channel)]


def unlink(connection: Connection, repository_id: int, channel: str, release: str) -> bool:
    """Take a release from a channel; False when the channel never led to it."""
    return bool(_UNLINK.all(connection, in_repository=repository_id, channel=channel, of_release=release))


def delete_channel(connection: Connection, repository_id: int, channel: str) -> Sequence[int]:
    """Remove a channel; ids of what was removed."""
    return [row[0] for row in _DELETE.all(connection, in_repository=repository_id, channel=channel)]
