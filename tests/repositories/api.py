"""Calls of the REST API, as any client of the application."""

import json
from typing import Any

from pierhead.audit.model import LogEntry
from pierhead.audit.store import list_entries_of_namespace
from tests.registry.client import Answer, Client
from tests.registry.people import People


def call(client: Client, method: str, path: str, body: Any = None) -> Answer:
    """A call below /api/v1."""
    content = b"" if body is None else json.dumps(body).encode()
    return client.call(method, f"/api/v1{path}", body=content, headers={"content-type": "application/json"})


def get(client: Client, path: str) -> Any:
    """The JSON of an answer that has to be there."""
    answer = call(client, "GET", path)
    assert answer.status == 200, answer
    return answer.json


def create(client: Client, name: str, **changes: Any) -> Answer:
    """Create a repository of the client's own namespace, or of the one that is given."""
    return call(client, "POST", "/repository", {"repository": name, "visibility": "private", "description": "", **changes})


def read_log(people: People, namespace: str, *kinds: str) -> list[LogEntry]:
    """Entries of these kinds, the oldest first."""
    namespace_id = people.account(namespace).id
    entries = people.server.core.database.read_now(lambda work: list_entries_of_namespace(work.connection, namespace_id, 100))
    return [entry for entry in reversed(entries) if entry.kind in kinds]
