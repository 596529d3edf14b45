"""What a push, a pull and a deletion leave in the usage log and in the outbox (registry-protocol 6.2)."""

import json
from typing import Any

import pytest
from sqlalchemy import event, select

from pierhead.audit.model import LogEntry
from pierhead.audit.store import find_pulls, list_entries_of_namespace
from pierhead.platform.database import UnitOfWork
from pierhead.platform.outbox.tables import outbox_event
from pierhead.repositories import records
from tests.registry.client import Client
from tests.registry.conftest import NewServer
from tests.registry.content import OCI_MANIFEST, make_image
from tests.registry.people import People


def read_log(people: People, namespace: str, *kinds: str) -> list[LogEntry]:
    """Entries of these kinds, the oldest first."""
    namespace_id = people.account(namespace).id
    entries = people.server.core.database.read_now(lambda work: list_entries_of_namespace(work.connection, namespace_id, 100))
    return [entry for entry in reversed(entries) if entry.kind in kinds]


def read_events(client: Client, repository: str) -> list[dict[str, Any]]:
    def read(work: UnitOfWork) -> list[dict[str, Any]]:
        rows = work.connection.execute(select(outbox_event.c.payload).where(outbox_event.c.name == "repo_push").order_by(outbox_event.c.id))
        return [json.loads(row[0]) for row in rows]

    return [payload for payload in client.server.core.database.read_now(read) if payload["repository"] == repository]


def test_a_push_by_tag_is_logged_and_told(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    (entry,) = read_log(people, owner.name, "push_repo")

    assert (entry.performer_name, entry.ip) == (owner.name, "192.0.2.7")
    assert entry.metadata == {
        "repo": repository.partition("/")[2],
        "namespace": owner.name,
        "username": owner.name,
        "tag": "v1",
        "mediaType": OCI_MANIFEST,
        "manifest_digest": image.digest,
    }
    assert read_events(owner, repository) == [
        {
            "repository": repository,
            "updated_tags": ["v1"],
            "digest": image.digest,
            "media_type": OCI_MANIFEST,
            "pushed_by": owner.name,
        }
    ]


def test_a_push_by_digest_is_neither_logged_nor_told_unless_it_sets_tags(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository)
    assert read_log(people, owner.name, "push_repo") == []
    assert read_events(owner, repository) == []

    owner.push_manifest(repository, f"{image.digest}?tag=a&tag=b", image.content)
    assert [entry.metadata["tag"] for entry in read_log(people, owner.name, "push_repo")] == ["a", "b"]
    assert [payload["updated_tags"] for payload in read_events(owner, repository)] == [["a", "b"]]


def test_a_push_that_fails_leaves_no_trace(people: People, owner: Client, repository: str) -> None:
    owner.push_manifest(repository, "v1", make_image().content)

    assert read_log(people, owner.name, "push_repo") == []
    assert read_events(owner, repository) == []


@pytest.mark.parametrize("table", ["audit_log", "outbox_event"])
def test_the_push_its_log_and_its_event_are_one_transaction(
    people: People, owner: Client, repository: str, new_server: NewServer, table: str
) -> None:
    """Whichever statement the database fails at, nothing of the push is there."""
    image = owner.push_image(repository)
    server = new_server()

    def fail(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if f"INTO {table}" in statement:
            raise OSError("the disk is gone")

    event.listen(server.core.database.engine, "before_cursor_execute", fail)
    headers = [("content-type", OCI_MANIFEST), ("authorization", owner.authorization or "")]
    with pytest.raises(AssertionError, match="status=500"):
        server.run(server.send("PUT", f"/v2/{repository}/manifests/v1", body=image.content, headers=headers))

    assert owner.pull(repository, "v1").codes == ["MANIFEST_UNKNOWN"]
    assert read_log(people, owner.name, "push_repo") == []
    assert read_events(owner, repository) == []


def test_a_deletion_is_logged_for_each_tag(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "a")
    for name in ("b", "c"):
        owner.push_image(repository, name, image)
    owner.delete(repository, "a")
    owner.delete(repository, image.digest)
    entries = read_log(people, owner.name, "delete_tag")

    assert entries[0].metadata["tag"] == "a"
    assert sorted(str(entry.metadata["tag"]) for entry in entries) == ["a", "b", "c"]
    assert {entry.metadata["manifest_digest"] for entry in entries} == {image.digest}


def test_a_push_that_creates_a_repository_is_logged_as_such(people: People, owner: Client) -> None:
    owner.push_image(f"{owner.name}/new", "v1")

    assert [entry.metadata["repo"] for entry in read_log(people, owner.name, "create_repo")] == ["new"]


def test_only_get_counts_as_a_pull(people: People, owner: Client, repository: str, new_server: NewServer) -> None:
    """Registry-protocol 6.2 and 9.3: HEAD is neither counted nor logged. Counts are written when the process stops, at the latest."""
    image = owner.push_image(repository, "v1")
    puller = owner.at(new_server())
    for _ in range(3):
        puller.call("HEAD", f"/v2/{repository}/manifests/v1")
        puller.pull(repository, "v1")
    puller.pull(repository, image.digest)
    puller.call("HEAD", f"/v2/{repository}/manifests/{image.digest}")
    puller.pull(repository, "missing")
    puller.server.stop()

    def count(work: UnitOfWork) -> tuple[int, int]:
        found = records.find_repository(work, repository)
        assert found is not None
        return find_pulls(work.connection, found.id, "v1")[0], find_pulls(work.connection, found.id, "")[0]

    assert owner.server.core.database.read_now(count) == (3, 1)
    facts = [entry.metadata for entry in read_log(people, owner.name, "pull_repo")]
    assert sorted((fact.get("tag"), fact["count"]) for fact in facts if fact.get("tag")) == [("v1", 3)]
    assert [fact["manifest_digest"] for fact in facts] == [image.digest] * 2
