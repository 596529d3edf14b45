"""Manifests of every shape: understood, or refused with an error of ours and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pierhead.registry.model.manifests import Manifest, ManifestInvalid, ManifestKind, ManifestUnsupported, parse_manifest
from tests.registry.content import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.registry.model.attempts import attempt

_TYPES = (DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST)
_DIGEST = "sha256:" + "ab" * 32

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_media_types = st.sampled_from([*_TYPES, "application/json", "", "a/b", "nonsense"])
_digests = st.sampled_from([_DIGEST, _DIGEST.upper(), "sha512:" + "1" * 128, "sha256:bad", "", "md5:" + "1" * 32])
_descriptors = st.fixed_dictionaries(
    {"mediaType": _media_types | _json, "digest": _digests | _json, "size": st.integers(-2, 2**70) | _json},
    optional={"platform": _json, "annotations": _json, "artifactType": _json, "data": _json, "urls": _json},
)
# Documents that have the right fields, each of which may hold nearly the right thing or anything.
_documents = st.fixed_dictionaries(
    {"schemaVersion": st.just(2) | _json},
    optional={
        "mediaType": _media_types | _json,
        "config": _descriptors | _json,
        "layers": st.lists(_descriptors, max_size=3) | _json,
        "manifests": st.lists(_descriptors, max_size=3) | _json,
        "subject": _descriptors | _json,
        "artifactType": _media_types | _json,
        "annotations": _json,
        "blobs": _json,
    },
)


def parse(content_type: str, content: bytes) -> Manifest | None:
    """None for a refusal."""
    manifest = attempt(parse_manifest, content_type, content)
    if isinstance(manifest, Manifest):
        return manifest
    assert isinstance(manifest, ManifestInvalid | ManifestUnsupported)
    assert manifest.detail["message"]
    return None


def check(manifest: Manifest) -> None:
    """What the rest of the registry relies on."""
    assert manifest.media_type in _TYPES
    assert len(set(manifest.blobs)) == len(manifest.blobs)
    assert len({child.digest for child in manifest.children}) == len(manifest.children)
    for digest in (*manifest.blobs, *(child.digest for child in manifest.children)):
        assert digest == digest.lower()
        assert len(digest) in (71, 135)
    if manifest.kind is ManifestKind.INDEX:
        assert manifest.size_bytes is None
    else:
        assert manifest.size_bytes is not None
        assert manifest.config_digest in manifest.blobs


@given(st.sampled_from(_TYPES) | st.just("application/json") | st.text(max_size=20), _documents | _json)
@settings(max_examples=150)
def test_any_json_is_understood_or_refused(content_type: str, document: Any) -> None:
    manifest = parse(content_type, json.dumps(document).encode())

    if manifest is not None:
        check(manifest)


@given(st.sampled_from(_TYPES), st.binary(max_size=200))
@example(OCI_MANIFEST, b'{"schemaVersion":2,"config":"\xff"}')
@example(OCI_MANIFEST, b'{"schemaVersion":2,"\xed\xa0\x80":1}')
@example(OCI_MANIFEST, b'{"schemaVersion":2,"mediaType":"\\ud800"}')
@example(OCI_INDEX, b"\xef\xbb\xbf{}")
@example(OCI_INDEX, '{"schemaVersion":2}'.encode("utf-16"))
@example(OCI_INDEX, b'{"schemaVersion":2,"manifests":[]} {}')
def test_any_bytes_are_understood_or_refused(content_type: str, content: bytes) -> None:
    parse(content_type, content)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"manifests":[{"platform":', b'{"config":{"annotations":{"a":'])
def test_deep_nesting_is_refused_and_crashes_nothing(opening: bytes) -> None:
    for depth in (500, 5_000, 500_000):
        assert parse(OCI_INDEX, opening * depth) is None


@pytest.mark.parametrize("number", ["1" * 400, "-" + "1" * 400, "1e999", "2.0000000000000001", "NaN", "9223372036854775808", "1" * 100_000])
@pytest.mark.parametrize("field", ["schemaVersion", "size"])
def test_numbers_beyond_all_bounds_are_refused(field: str, number: str) -> None:
    document = {"schemaVersion": 2, "manifests": [{"mediaType": OCI_MANIFEST, "digest": _DIGEST, "size": 7}]}
    text = json.dumps(document).replace(f'"{field}": {2 if field == "schemaVersion" else 7}', f'"{field}": {number}')

    assert parse(OCI_INDEX, text.encode()) is None


def test_of_a_key_that_comes_twice_the_last_one_counts_everywhere() -> None:
    """The same reading as that of the clients' JSON libraries, so that nobody is shown another manifest than was checked."""
    child, other = ({"mediaType": OCI_MANIFEST, "digest": "sha256:" + digit * 64, "size": 1} for digit in "12")
    text = f'{{"schemaVersion":2,"manifests":[{json.dumps(child)}],"manifests":[{json.dumps(other)}]}}'
    manifest = parse(OCI_INDEX, text.encode())

    assert manifest is not None
    assert [entry.digest for entry in manifest.children] == [entry["digest"] for entry in json.loads(text)["manifests"]]


@given(st.text(max_size=40))
def test_any_type_of_artifact_is_kept_or_refused(artifact_type: str) -> None:
    config = {"mediaType": "a/b", "digest": _DIGEST, "size": 1}
    document = {"schemaVersion": 2, "config": config, "layers": [], "artifactType": artifact_type}
    manifest = parse(OCI_MANIFEST, json.dumps(document).encode())

    assert manifest is None or manifest.artifact_type == (artifact_type or "a/b")
