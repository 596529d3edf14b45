"""Whatever a stranger sends to a server with all its rights, the answer is one of the protocol's and never a 5xx."""

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry.client import Client
from tests.registry.content import OCI_INDEX, OCI_MANIFEST

_LENIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_segments = st.sampled_from(
    [
        "blobs",
        "uploads",
        "manifests",
        "tags",
        "list",
        "referrers",
        "_catalog",
        "auth",
        "v1",
        "sha256:" + "1" * 64,
        "%00",
        "%2F",
        "..",
        "%ff",
        "\u00e9",
    ]
) | st.text(string.printable, max_size=12)
_headers = st.dictionaries(
    st.sampled_from(
        ["range", "content-range", "accept", "content-type", "if-none-match", "if-range", "content-length", "expect", "x-request-id"]
    ),
    st.text(st.characters(max_codepoint=255), max_size=30)
    | st.sampled_from([OCI_MANIFEST, OCI_INDEX, "bytes=0-", "0-4", "9" * 5000, "*/*"]),
    max_size=4,
)
_fields = st.lists(
    st.tuples(
        st.sampled_from(["n", "last", "digest", "mount", "from", "tag", "artifactType", "after", "digest-algorithm", "scope", "service"]),
        st.text(max_size=20) | st.sampled_from(["sha256:" + "1" * 64, "sha512", "0", "1", "-1"]),
    ),
    max_size=3,
)
_bodies = st.binary(max_size=100) | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4).map(
    lambda value: json.dumps({"schemaVersion": 2, "manifests": value}).encode()
)


def quoted(text: str) -> str:
    """Percent-encoded, and what looks percent-encoded already is left as it is."""
    return quote(text.encode("utf-8", "replace"), safe="%:/")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_any_request_gets_an_answer_of_the_protocol(owner: Client, repository: str, method: str) -> None:
    @_LENIENT
    @given(st.lists(_segments, max_size=4), _fields, _headers, _bodies, st.booleans())
    def send(segments: list[str], fields: list[tuple[str, str]], headers: dict[str, str], body: bytes, inside: bool) -> None:
        path = "/".join(quoted(segment) for segment in segments)
        query = "&".join(f"{name}={quoted(value)}" for name, value in fields)
        owner.call(method, f"/v2/{repository + '/' if inside else ''}{path}?{query}", headers=headers, body=[body, b""])

    send()
