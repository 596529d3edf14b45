"""Layers are read once, by the jobs of their push."""

from sqlalchemy import delete, select

from pierhead.layers.jobs import ReadLayer, ReadNewLayers, RemoveOrphanedContents, SweepContents
from pierhead.layers.tables import layer_contents
from pierhead.platform.database import UnitOfWork
from pierhead.platform.jobs import list_jobs
from pierhead.registry.events import RepositoryPush
from pierhead.registry.tables import blob
from tests.layers.archives import file, pack
from tests.layers.conftest import Push, RunJob
from tests.registry.client import Client, Server
from tests.registry.content import digest_of, fresh, make_artifact, make_index
from tests.squash.images import build


def find_row(server: Server, digest: str) -> tuple[str, str | None, str | None, int] | None:
    """(state, reason, key, entries) of a layer."""
    columns = (layer_contents.c.state, layer_contents.c.reason, layer_contents.c.storage_key, layer_contents.c.entries)

    def read(work: UnitOfWork) -> tuple[str, str | None, str | None, int] | None:
        query = select(*columns).join(blob, blob.c.id == layer_contents.c.blob_id).where(blob.c.sha256 == digest)
        row = work.connection.execute(query).first()
        return None if row is None else (row[0], row[1], row[2], row[3])

    return server.core.database.read_now(read)


def waiting(server: Server) -> set[str]:
    """Keys of the reading jobs that wait."""
    jobs = server.core.database.read_now(list_jobs, limit=500)
    return {job.key for job in jobs if job.name == "read_layer"}


def test_a_push_has_every_layer_read_once(server: Server, owner: Client, repository: str, run_job: RunJob) -> None:
    image = owner.push_image(repository, "v1", build(pack(file("a", fresh())), pack(file("b", fresh()))))
    event = RepositoryPush(repository, ("v1",), image.digest, image.media_type, owner.name)
    expected = {f"read_layer:{digest_of(layer)}" for layer in image.blobs[1:]}

    run_job(ReadNewLayers("1", event.name, 0, event))
    run_job(ReadNewLayers("2", event.name, 0, event))
    assert expected <= waiting(server)

    for layer in image.blobs[1:]:
        run_job(ReadLayer(digest_of(layer)))
    rows = [find_row(server, digest_of(layer)) for layer in image.blobs[1:]]
    assert [row and row[0] for row in rows] == ["ready", "ready"]
    for layer in image.blobs[1:]:
        run_job(ReadLayer(digest_of(layer)))
    assert [find_row(server, digest_of(layer)) for layer in image.blobs[1:]] == rows


def test_every_image_of_an_index_is_read(server: Server, owner: Client, repository: str, run_job: RunJob) -> None:
    images = [owner.push_image(repository, None, build(pack(file("a", fresh())))) for _ in range(2)]
    artifact = owner.push_image(repository, None, make_artifact("application/vnd.example"))
    index = owner.push_image(repository, "v1", make_index([image.descriptor() for image in (*images, artifact)]))
    event = RepositoryPush(repository, ("v1",), index.digest, index.media_type, owner.name)

    run_job(ReadNewLayers("1", event.name, 0, event))

    assert {f"read_layer:{digest_of(image.blobs[1])}" for image in images} <= waiting(server)


def test_a_push_whose_repository_is_gone_meanwhile_is_passed_over(owner: Client, run_job: RunJob) -> None:
    event = RepositoryPush(f"{owner.name}/gone", ("v1",), "sha256:" + "0" * 64, "application/json", owner.name)
    run_job(ReadNewLayers("1", event.name, 0, event))
    run_job(ReadLayer("sha256:" + "0" * 64))


def test_a_layer_that_cannot_be_read_is_recorded_with_the_reason(server: Server, repository: str, push: Push) -> None:
    image = push(repository, "v1", build(pack(file("../out"))))
    row = find_row(server, digest_of(image.blobs[1]))
    assert row is not None
    assert (row[0], row[2]) == ("failed", None)
    assert "leaves the root" in (row[1] or "")


def test_when_a_layer_is_collected_its_table_goes_too(server: Server, owner: Client, repository: str, run_job: RunJob) -> None:
    content = build(pack(file("a", fresh()))).blobs[1]
    digest = owner.push_blob(repository, content)
    run_job(ReadLayer(digest))
    row = find_row(server, digest)
    assert row is not None
    key = row[2]
    assert key is not None
    owner.call("DELETE", f"/v2/{repository}/blobs/{digest}")

    server.core.database.write_now(lambda work: work.connection.execute(delete(blob).where(blob.c.sha256 == digest)))
    run_job(RemoveOrphanedContents())

    assert server.core.blobs.size(key) is None
    assert find_row(server, digest) is None
    rows = server.core.database.read_now(
        lambda work: work.connection.execute(select(layer_contents.c.id).where(layer_contents.c.storage_key == key)).all()
    )
    assert list(rows) == []


def test_tables_that_no_row_names_are_swept(server: Server, repository: str, push: Push, run_job: RunJob) -> None:
    image = push(repository, "v1", build(pack(file("a", fresh()))))
    row = find_row(server, digest_of(image.blobs[1]))
    assert row is not None
    assert row[2] is not None
    server.core.blobs.put("contents/ab/orphan", b"bytes")

    run_job(SweepContents())
    assert server.core.blobs.size("contents/ab/orphan") == 5
    run_job(SweepContents(older_than_seconds=0))

    assert server.core.blobs.size("contents/ab/orphan") is None
    assert server.core.blobs.size(row[2]) is not None
