"""Names, digests and paths: what is taken means one thing, what is not taken is an error of ours."""

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pierhead.platform.errors import Invalid
from pierhead.registry.model.names import (
    Digest,
    DigestInvalid,
    NameInvalid,
    TagInvalid,
    is_tag_name,
    namespace_of,
    parse_digest,
    parse_repository_name,
    parse_tag_name,
)
from pierhead.registry.protocol.paths import Route, Target, parse_path
from tests.registry.model.attempts import attempt

# The patterns of registry-protocol 1, word for word.
_REPOSITORY = re.compile(r"^(?=.{0,255}$)[a-z0-9][\.a-z0-9_-]*(?:\/[a-z0-9][\.a-z0-9_-]*)*$")
_TAG = re.compile(r"^[\w][\w.-]{0,127}$", re.ASCII)

_near_names = st.text("ab0._-/A \n\u00e9:", max_size=20) | st.text(max_size=20) | st.text("a/", min_size=240, max_size=270)
_names = st.from_regex(re.compile(r"[a-z0-9][a-z0-9._-]{0,8}(?:/[a-z0-9][a-z0-9._-]{0,8}){1,4}", re.ASCII), fullmatch=True)
_tags = st.from_regex(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", re.ASCII), fullmatch=True)
_digests = st.sampled_from([("sha256", 64), ("sha512", 128)]).flatmap(
    lambda kind: st.text("0123456789abcdefABCDEF", min_size=kind[1], max_size=kind[1]).map(lambda digits: f"{kind[0]}:{digits}")
)


@given(_near_names)
@example("a\n")
@example("a/b\n")
@example("\u0661/b")
def test_a_repository_name_is_what_the_specification_says(text: str) -> None:
    name = attempt(parse_repository_name, text)
    if isinstance(name, Invalid):
        assert isinstance(name, NameInvalid)
        assert not _REPOSITORY.match(text) or text.endswith("\n")
        assert len(str(name.detail["name"])) <= 300
    else:
        assert _REPOSITORY.match(text)
        assert name == (text if "/" in text else f"library/{text}")
        assert parse_repository_name(name) == name
        assert namespace_of(name) == name.split("/")[0]


@given(_names)
def test_nested_names_are_those_with_more_than_one_slash(text: str) -> None:
    if text.count("/") == 1:
        assert parse_repository_name(text, nested=False) == text
    else:
        with pytest.raises(NameInvalid, match="^Nested repositories are not supported"):
            parse_repository_name(text, nested=False)


@given(st.text("abc._-\u00e9\n ", max_size=6) | st.text(max_size=140) | st.text("a", min_size=120, max_size=140))
@example("a\n")
@example("\u0661")
def test_a_tag_name_is_what_the_specification_says(text: str) -> None:
    valid = bool(_TAG.match(text)) and not text.endswith("\n")
    assert is_tag_name(text) == valid
    if valid:
        assert parse_tag_name(text) == text
    else:
        with pytest.raises(TagInvalid):
            parse_tag_name(text)


@given(_digests)
def test_a_digest_is_kept_in_lower_case(text: str) -> None:
    digest = parse_digest(text)

    assert str(digest) == text.lower()
    assert parse_digest(str(digest)) == digest


@given(
    st.text(max_size=200)
    | st.builds("{}:{}".format, st.sampled_from(["sha256", "sha512", "md5", "SHA256", ""]), st.text(string.hexdigits + "g\n", max_size=130))
)
@example("sha256:" + "1" * 64 + "\n")
@example("sha256:" + "\u0661" * 64)
@example("sha256:sha256:" + "1" * 64)
def test_what_is_no_digest_is_refused_with_a_short_message(text: str) -> None:
    digest = attempt(parse_digest, text)
    if isinstance(digest, Invalid):
        assert isinstance(digest, DigestInvalid)
        assert len(digest.message) < 200
        assert len(str(digest.detail["digest"])) <= 200
    else:
        assert digest == Digest(*text.lower().split(":"))
        assert len(digest.hex) == {"sha256": 64, "sha512": 128}[digest.algorithm]


@given(_names, _tags | _digests)
def test_every_path_is_read_back_to_what_it_was_made_from(name: str, reference: str) -> None:
    """Names may hold the words of the protocol itself."""
    assert parse_path(f"{name}/manifests/{reference}") == Target(Route.MANIFEST, name, reference)
    assert parse_path(f"{name}/referrers/{reference}") == Target(Route.REFERRERS, name, reference)
    assert parse_path(f"{name}/tags/list") == Target(Route.TAGS, name)
    assert parse_path(f"{name}/blobs/uploads/") == Target(Route.UPLOADS, name)
    assert parse_path(f"{name}/blobs/uploads/{reference}") == Target(Route.UPLOAD, name, reference)
    if reference != "uploads":
        assert parse_path(f"{name}/blobs/{reference}") == Target(Route.BLOB, name, reference)


_words = st.sampled_from(["a", "blobs", "uploads", "manifests", "tags", "list", "referrers", "", "..", "_catalog", "auth"])


@given(st.lists(_words, max_size=8).map("/".join) | st.text(max_size=60))
@example("/blobs/uploads/a")
def test_any_path_has_one_meaning_or_none(path: str) -> None:
    target = parse_path(path)

    if target is not None and target.route not in (Route.BASE, Route.AUTH, Route.CATALOG):
        assert target.name
        assert path.startswith(target.name + "/")
        assert path.endswith(target.reference)
