"""Queries about labels of manifests, and about what labels do to tags."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from pierhead.platform.database import Prepared
from pierhead.registry.model.labels import ActingLabels, Label
from pierhead.registry.tables import manifest, manifest_child, manifest_label

_COLUMNS = (manifest_label.c.uuid, manifest_label.c.key, manifest_label.c.value, manifest_label.c.source, manifest_label.c.media_type)
_of_manifest = manifest_label.c.manifest_id == bindparam("manifest_id")
_INSERT = insert(manifest_label)
_LIST = Prepared(select(*_COLUMNS).where(_of_manifest).order_by(manifest_label.c.key, manifest_label.c.uuid))
_FIND = Prepared(select(*_COLUMNS).where(manifest_label.c.uuid == bindparam("label"), _of_manifest))
_DELETE = Prepared(delete(manifest_label).where(manifest_label.c.uuid == bindparam("label"), _of_manifest))
_COUNT = Prepared(select(func.count()).select_from(manifest_label).where(_of_manifest))
_MANY = (
    select(manifest_label.c.manifest_id, manifest_label.c.key, manifest_label.c.value)
    .where(manifest_label.c.manifest_id.in_(bindparam("manifest_ids", expanding=True)))
    .order_by(manifest_label.c.manifest_id, manifest_label.c.key)
)
_ACTING = Prepared(select(manifest.c.expires_after_seconds, manifest.c.makes_immutable).where(manifest.c.id == bindparam("manifest_id")))
_CHILDREN = Prepared(
    select(manifest_child.c.platform, manifest.c.platforms, manifest.c.expires_after_seconds, manifest.c.makes_immutable)
    .select_from(
        manifest_child.outerjoin(
            manifest,
            and_(
                manifest.c.repository_id == bindparam("repository_id"),
                manifest.c.sha256 == manifest_child.c.child,
                manifest.c.deleted_ms.is_(None),
            ),
        )
    )
    .where(manifest_child.c.manifest_id == bindparam("manifest_id"))
    .order_by(manifest_child.c.position)
)
_SET_FACTS = Prepared(
    update(manifest)
    .where(manifest.c.id == bindparam("manifest_id"))
    .values(platforms=bindparam("new_platforms"), expires_after_seconds=bindparam("new_expiry"), makes_immutable=bindparam("new_immutable"))
)


def insert_labels(connection: Connection, manifest_id: int, labels: Sequence[Label]) -> None:
    """Add labels to a manifest."""
    if labels:
        connection.execute(
            _INSERT,
            [
                {
                    "uuid": each.uuid,
                    "manifest_id": manifest_id,
                    "key": each.key,
                    "value": each.value,
                    "source": each.source,
                    "media_type": each.media_type,
                }
                for each in labels
            ],
        )


def list_labels(connection: Connection, manifest_id: int) -> list[Label]:
    """The labels of a manifest, by key."""
    return [Label(*row) for row in _LIST.all(connection, manifest_id=manifest_id)]


def find_label(connection: Connection, manifest_id: int, uuid: str) -> Label | None:
    """A label of this manifest."""
    row = _FIND.first(connection, manifest_id=manifest_id, label=uuid)
    return Label(*row) if row else None


def delete_label(connection: Connection, manifest_id: int, uuid: str) -> None:
    """Remove a label."""
    _DELETE.run(connection, manifest_id=manifest_id, label=uuid)


def count_labels(connection: Connection, manifest_id: int) -> int:
    """How many labels the manifest has."""
    row = _COUNT.first(connection, manifest_id=manifest_id)
    return int(row[0]) if row else 0


def read_labels_of(connection: Connection, manifest_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Key and value of every label of these manifests."""
    found: dict[int, dict[str, str]] = {}
    for manifest_id, key, value in connection.execute(_MANY, {"manifest_ids": list(manifest_ids)}):
        found.setdefault(manifest_id, {})[key] = value
    return found


def get_acting(connection: Connection, manifest_id: int) -> ActingLabels:
    """What the labels of an image do to its tags."""
    row = _ACTING.first(connection, manifest_id=manifest_id)
    return ActingLabels(row[0], bool(row[1])) if row else ActingLabels()


def read_children(connection: Connection, repository_id: int, manifest_id: int) -> list[tuple[str | None, ActingLabels | None]]:
    """(platform, what its labels do) of each child of an index; no labels for one that the repository does not hold."""
    rows = _CHILDREN.all(connection, repository_id=repository_id, manifest_id=manifest_id)
    return [(row[0] or row[1], None if row[3] is None else ActingLabels(row[2], bool(row[3]))) for row in rows]


def set_facts(connection: Connection, manifest_id: int, platforms: str | None, acting: ActingLabels) -> None:
    """Record what is known of an index by its children."""
    _SET_FACTS.run(
        connection,
        manifest_id=manifest_id,
        new_platforms=platforms,
        new_expiry=acting.expires_after_seconds,
        new_immutable=acting.makes_immutable,
    )
