"""Requests that no good client sends, as hypothesis strategies."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tests.reliability.wire import basic
from tests.services.images import DOCKER_LIST, DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST

_HEX = "0123456789abcdef"
METHODS = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS")
_TYPES = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST)


@dataclass(frozen=True, slots=True)
class OddRequest:
    """A request; `target` is in the form of the request line."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What exists on the server, so that a request gets past the first checks."""

    repository: str
    tag: str
    digests: tuple[str, ...]
    upload: str
    token: str


def odd_words(*good: str) -> st.SearchStrategy[str]:
    """A word of a path or query, percent-encoded: mostly a good one, else anything."""
    known = st.sampled_from(good).map(lambda word: quote(word, safe="/:@"))
    odd = st.sampled_from(
        (
            "%00",
            "..",
            "%2e%2e",
            "%2F",
            "//",
            "a" * 300,
            "a" * 5000,
            "%ff%fe",
            "%f0%9f%90%b3",
            "%ed%a0%80",
            "A",
            "-",
            "_",
            "sha256:",
            ":",
            "%",
        )
    )
    anything = st.one_of(
        st.text(max_size=30).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
        st.binary(max_size=30).map(lambda content: quote_from_bytes(content, safe="")),
    )
    mixed = st.tuples(known, odd).map("".join)
    return st.one_of(known, known, odd, anything, mixed)


def odd_digests(*good: str) -> st.SearchStrategy[str]:
    """Digests that exist, that could, and that cannot."""
    algorithms = st.sampled_from(("sha256", "sha512", "md5", "SHA256", "sha256+b64", "multihash+sha256", "", "é"))
    digits = st.one_of(st.text(_HEX, min_size=63, max_size=65), st.text(_HEX, min_size=128, max_size=128), st.text("0aAg%", max_size=70))
    made_up = st.tuples(algorithms, digits).map(":".join).map(lambda text: quote(text, safe=":"))
    return st.one_of(odd_words(*good), made_up)


def odd_numbers() -> st.SearchStrategy[str]:
    """What may stand where a number belongs."""
    whole = st.one_of(st.integers(-3, 5000), st.sampled_from((2**31, 2**63 - 1, 2**63, 2**64, 10**30, 10**5000))).map(_digits)
    return st.one_of(whole, st.sampled_from(("", "1e3", "0x10", "1.5", "%D9%A3", "²", "NaN", "+1", "%00", "9" * 19)))


def _digits(number: int) -> str:
    # Python refuses to write numbers of more than 4300 digits.
    return "1" + "0" * 5000 if number == 10**5000 else str(number)


def odd_targets(known: Known) -> st.SearchStrategy[str]:
    """Path and query of the routes under /v2, each part good or odd."""
    names = odd_words(known.repository, known.repository, "nobody/here", "single", "a/b/c/d")
    references = st.one_of(odd_words(known.tag, "new", "latest"), odd_digests(*known.digests))
    uploads = odd_words(known.upload, "0" * 36, "x")
    paths = st.one_of(
        st.builds("/v2/{}/manifests/{}".format, names, references),
        st.builds("/v2/{}/blobs/{}".format, names, odd_digests(*known.digests)),
        st.builds("/v2/{}/blobs/uploads/".format, names),
        st.builds("/v2/{}/blobs/uploads/{}".format, names, uploads),
        st.builds("/v2/{}/tags/list".format, names),
        st.builds("/v2/{}/referrers/{}".format, names, odd_digests(*known.digests)),
        st.sampled_from(("/v2", "/v2/", "/v2//", "/v2/_catalog", "/v2/auth", "/v2/%2e%2e/x", "/v2foo")),
        st.builds("/v2/{}".format, names),
    )
    return st.tuples(paths, odd_queries(known)).map("".join)


def odd_queries(known: Known) -> st.SearchStrategy[str]:
    """Nothing, a few fields, or far too many."""
    digest = odd_digests(*known.digests)
    field = st.one_of(
        st.tuples(st.sampled_from(("n", "after")), odd_numbers()),
        st.tuples(st.sampled_from(("last", "artifactType", "ns", "service", "account")), odd_words("a", "127.0.0.1")),
        st.tuples(st.sampled_from(("digest", "mount")), digest),
        st.tuples(st.just("from"), odd_words(known.repository, "bob/secret")),
        st.tuples(st.just("tag"), odd_words("t1", "t2", known.tag)),
        st.tuples(st.just("digest-algorithm"), odd_words("sha256", "sha512", "md5")),
        st.tuples(st.just("scope"), odd_words(f"repository:{known.repository}:pull,push", "registry:catalog:*", "repository:x:y:*")),
    ).map("=".join)
    few = st.lists(field, max_size=4)
    many = st.tuples(field, st.sampled_from((65, 999, 1001, 3000))).map(lambda pair: [pair[0][:20]] * pair[1])
    return st.one_of(st.just(""), few.map(_query), few.map(_query), st.builds(_query, many))


def _query(fields: list[str]) -> str:
    return "?" + "&".join(fields) if fields else ""


def odd_headers(known: Known) -> st.SearchStrategy[dict[str, str]]:
    """Some of the headers that the protocol knows, with good and odd values."""
    number = odd_numbers().map(lambda text: text.replace("%", ""))
    ranges = st.one_of(
        st.builds("bytes={}-{}".format, number, number),
        st.builds("{}-{}".format, number, number),
        st.builds("bytes {}-{}/{}".format, number, number, number),
        st.sampled_from(("bytes=0-0,5-6", "bytes=-0", "bytes=--1", "lines=1-2", "bytes=" + "0-0," * 2000, "")),
    )
    free = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
    types = st.one_of(st.sampled_from((*_TYPES, "*/*", "application/json", "text/html, " * 500)), free)
    return st.fixed_dictionaries(
        {"Authorization": odd_credentials(known)},
        optional={
            "Range": ranges,
            "Content-Range": ranges,
            "Accept": types,
            "Content-Type": types,
            "If-None-Match": st.one_of(st.sampled_from(("*", '"', 'W/"x"', f'"{known.digests[0]}"', '"x",' * 1000)), free),
            "If-Range": free,
            "X-Request-Id": free,
            "Expect": st.just("100-continue"),
        },
    )


def odd_credentials(known: Known) -> st.SearchStrategy[str]:
    """Mostly a good token, else a broken one."""
    good = f"Bearer {known.token}"
    head, payload, signature = known.token.split(".")
    broken = st.sampled_from(
        (
            "Bearer",
            "Bearer ",
            "Bearer a.b.c",
            "Bearer ..",
            "Bearer " + "x" * 60_000,
            "Basic",
            "Basic !!!",
            "Basic " + "QUFB" * 10_000,
            "Basic Og==",
            "Basic /////w==",
            "Digest x",
            f"Bearer {head}.{payload}.",
            f"Bearer eyJhbGciOiJub25lIn0.{payload}.",
            f"Bearer eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.{payload}.{signature}",
            f"Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IlwwIn0.{payload}.{signature}",
            f"Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IlxcdTAwMDAifQ.{payload}.{signature}",
            f"Bearer {payload}.{head}.{signature}",
            f"bearer  {known.token} ",
            f"Bearer {known.token}, Basic x",
            "Basic " + "é",
            basic("$oauthtoken", "x"),
            basic("$app", "\0"),
            basic("ada+robot\0", "x"),
        )
    )
    return st.one_of(st.just(good), st.just(good), st.just(good), st.just(good), broken, flipped_tokens(known.token))


def flipped_tokens(token: str) -> st.SearchStrategy[str]:
    """The token with one bit changed."""
    return st.builds(_flip, st.just(token), st.integers(0, len(token) - 1), st.integers(0, 6))


def _flip(token: str, place: int, bit: int) -> str:
    changed = chr(ord(token[place]) ^ (1 << bit))
    return f"Bearer {token[:place]}{changed if changed.isprintable() else '?'}{token[place + 1 :]}"


def odd_requests(known: Known) -> st.SearchStrategy[OddRequest]:
    """Any method on any path with any headers and a small body."""
    bodies = st.one_of(st.just(b""), st.binary(max_size=200), odd_manifests(known))
    return st.builds(OddRequest, st.sampled_from(METHODS), odd_targets(known), odd_headers(known), bodies)


def odd_manifest_pushes(known: Known) -> st.SearchStrategy[OddRequest]:
    """Manifests that break one rule or another."""
    types = st.one_of(
        st.sampled_from(_TYPES), st.sampled_from(("", "application/json", "application/vnd.docker.distribution.manifest.v1+json"))
    )
    headers = types.map(lambda media_type: {"Authorization": f"Bearer {known.token}", "Content-Type": media_type})
    return st.builds(OddRequest, st.just("PUT"), st.just(f"/v2/{known.repository}/manifests/odd"), headers, odd_manifests(known))


def odd_manifests(known: Known) -> st.SearchStrategy[bytes]:
    """Bytes that look like a manifest, more or less."""
    sizes = st.one_of(st.integers(-1, 5000), st.sampled_from((2**31, 2**62, 2**63 - 1, 2**63, 2**64, 10**400, 1.5, None, "1", True)))
    digests = st.one_of(st.sampled_from(known.digests), st.sampled_from(("", "sha256:x", "sha512:" + "0" * 128, "\0", 5, None)))
    types = st.sampled_from((OCI_CONFIG, OCI_LAYER, *_TYPES, "", "a/b", "a/" + "b" * 300, "é/x", None))
    platforms = st.dictionaries(st.sampled_from(("os", "architecture", "variant")), odd_values(), max_size=3)
    descriptor = st.fixed_dictionaries(
        {"mediaType": types, "digest": digests, "size": sizes},
        optional={"platform": platforms, "artifactType": types, "annotations": odd_values(), "data": odd_values(), "urls": odd_values()},
    )
    annotations = st.one_of(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), odd_values())
    document = st.fixed_dictionaries(
        {"schemaVersion": st.sampled_from((2, 2, 2, 1, "2", None, 10**30))},
        optional={
            "mediaType": types,
            "config": descriptor,
            "layers": st.lists(descriptor, max_size=3),
            "manifests": st.lists(descriptor, max_size=3),
            "subject": descriptor,
            "annotations": annotations,
            "artifactType": types,
        },
    ).map(_encode)
    return st.one_of(document, document, odd_values().map(_encode), st.sampled_from(_RAW_MANIFESTS))


def odd_values() -> st.SearchStrategy[Any]:
    """JSON values of any shape."""
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("\0"))
    return st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3))
    )


def _encode(value: object) -> bytes:
    # Python writes NaN, Infinity and lone surrogates, which JSON does not know.
    return json.dumps(value).encode("utf-8", "surrogatepass")


def deep(opening: bytes, closing: bytes, size_bytes: int) -> bytes:
    """Nesting of a given size."""
    depth = size_bytes // (len(opening) + len(closing))
    return opening * depth + closing * depth


_RAW_MANIFESTS = (
    b"",
    b"\xff\xfe{\x00}\x00",
    b'{"schemaVersion":2,"schemaVersion":1}',
    b'{"schemaVersion":2,"config":{},"config":null,"layers":[]}',
    b'{"schemaVersion":NaN}',
    b'{"schemaVersion":2,"x":"\\ud800"}',
    b'{"schemaVersion":2,"x":"\xed\xa0\x80"}',
    b'{"schemaVersion":2,"size":' + b"9" * 5000 + b"}",
    b'{"schemaVersion":2' + b" " * 100_000 + b"}",
    b"{" * 10_000,
    b'{"x":' + deep(b"[", b"]", 100_000) + b"}",
    b'{"annotations":' + deep(b'{"a":', b"}", 100_000) + b"}",
    b"null",
    b"[]",
    b'"text"',
)
