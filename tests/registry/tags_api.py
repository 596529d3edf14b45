"""Calls of the management API about tags, and images with labels."""

import json
from typing import Any
from urllib.parse import quote

from tests.registry.client import Answer, Client
from tests.registry.content import Image, encode, fresh, make_image


def call(client: Client, method: str, path: str, body: Any = None) -> Answer:
    """A call below /api/v1."""
    content = b"" if body is None else json.dumps(body).encode()
    return client.call(method, f"/api/v1{path}", body=content, headers={"content-type": "application/json"})


def get(client: Client, path: str) -> Any:
    """The JSON of an answer that has to be there."""
    answer = call(client, "GET", path)
    assert answer.status == 200, answer
    return answer.json


def post(client: Client, path: str, body: Any, status: int = 200) -> Any:
    """The JSON of an answer to a call that has to succeed."""
    answer = call(client, "POST", path, body)
    assert answer.status == status, answer
    return answer.json


def tag_path(repository: str, tag: str = "", more: str = "") -> str:
    return f"/repository/{repository}/tag/{tag}{more}"


def put_tag(client: Client, repository: str, tag: str, **body: Any) -> Answer:
    return call(client, "PUT", tag_path(repository, tag), body)


def restore(client: Client, repository: str, tag: str, digest: str) -> Answer:
    return call(client, "POST", tag_path(repository, tag, "/restore"), {"manifest_digest": digest})


def list_tags(client: Client, repository: str, query: str = "onlyActiveTags=true") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(client, f"{tag_path(repository)}?{query}")["tags"]
    return found


def one_tag(client: Client, repository: str, tag: str) -> dict[str, Any]:
    """A living tag as lists show it."""
    (found,) = list_tags(client, repository, f"onlyActiveTags=true&specificTag={quote(tag)}")
    return found


def names(client: Client, repository: str, query: str = "onlyActiveTags=true") -> list[str]:
    return [tag["name"] for tag in list_tags(client, repository, query)]


def history(client: Client, repository: str, tag: str | None = None) -> list[dict[str, Any]]:
    """Every event, the newest first, page by page."""
    path = f"/repository/{repository}/tags/history" if tag is None else tag_path(repository, tag, "/history")
    events: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = get(client, f"{path}?limit=3&cursor={cursor}")
        events += page["events"]
        if "next_cursor" not in page:
            return events
        cursor = page["next_cursor"]


def kinds(client: Client, repository: str, tag: str | None = None) -> list[str]:
    """What happened, the oldest first."""
    return [event["kind"] for event in reversed(history(client, repository, tag))]


def labelled_image(labels: dict[str, str], *, architecture: str = "amd64") -> Image:
    """An image whose configuration has these labels."""
    config = {"architecture": architecture, "os": "linux", "config": {"Labels": labels}, "n": fresh().decode()}
    return make_image(config=encode(config))
