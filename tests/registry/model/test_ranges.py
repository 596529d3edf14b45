"""Ranges of downloads and of chunks, and scopes: whatever is sent, the answer is in bounds or an error of ours."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pierhead.platform.errors import Invalid
from pierhead.registry.model.ranges import ByteRange, ChunkRangeInvalid, RangeUnsatisfiable, parse_chunk_range, parse_download_range
from pierhead.registry.model.scopes import ScopeInvalid, parse_scopes
from tests.registry.model.attempts import attempt

_CONTENT = bytes(range(200))
_numbers = st.integers(0, 250)
_texts = st.text("bytes=0123456789- ,", max_size=30) | st.text(max_size=30)


@given(_numbers, _numbers)
def test_a_range_is_the_slice_that_it_names(first: int, last: int) -> None:
    assume(first < len(_CONTENT) and first <= last)
    span = parse_download_range(f"bytes={first}-{last}", len(_CONTENT))

    assert span is not None
    assert _CONTENT[span.start : span.end + 1] == _CONTENT[first : last + 1]
    assert span.length == len(_CONTENT[first : last + 1])


@given(st.integers(1, 250))
def test_a_suffix_is_the_end_of_the_blob(length: int) -> None:
    span = parse_download_range(f"bytes=-{length}", len(_CONTENT))

    assert span is not None
    assert _CONTENT[span.start : span.end + 1] == _CONTENT[-length:]


@given(_texts, st.integers(0, 2**62))
@example("bytes=" + "9" * 19 + "-", 5)
@example("bytes=" + "9" * 5000 + "-", 5)
@example("bytes=\u0661-\u0662", 5)
def test_whatever_range_is_asked_lies_inside_the_blob_or_is_refused(header: str, size: int) -> None:
    span = attempt(parse_download_range, header, size)
    if isinstance(span, Invalid):
        assert isinstance(span, RangeUnsatisfiable)
        assert span.size_bytes == size
    else:
        assert span is None or 0 <= span.start <= span.end < size


@given(_numbers, _numbers, st.sampled_from(["{}-{}", "bytes {}-{}", "bytes={}-{}", "bytes {}-{}/*", "{}-{}/500", "  {}-{}  "]))
def test_a_chunk_lies_where_its_header_says(first: int, last: int, form: str) -> None:
    header = form.format(first, last)
    if last < first:
        with pytest.raises(ChunkRangeInvalid):
            parse_chunk_range(header)
    else:
        assert parse_chunk_range(header) == ByteRange(first, last)


@given(_texts | st.text("0123456789-/*", max_size=30))
@example("1" * 5000 + "-" + "1" * 5000)
@example("\u0661-\u0662")
@example("0-4\n")
def test_whatever_chunk_is_announced_has_a_length_or_is_refused(header: str) -> None:
    chunk = attempt(parse_chunk_range, header)
    if isinstance(chunk, Invalid):
        assert isinstance(chunk, ChunkRangeInvalid)
        assert len(chunk.message) < 200
    else:
        assert chunk.length >= 1
        assert chunk.start >= 0


_scope_names = st.from_regex(r"[a-z0-9]{1,5}(/[a-z0-9._-]{1,5}){0,3}", fullmatch=True)
_actions = st.lists(st.sampled_from(["pull", "push", "*", "delete"]), min_size=1, max_size=4)


@given(st.lists(st.tuples(_scope_names, _actions), max_size=5), st.booleans(), st.booleans())
def test_scopes_add_up_by_name(asked: list[tuple[str, list[str]]], with_host: bool, in_one: bool) -> None:
    host = "registry.example.com:5000"
    texts = [f"repository:{host + '/' if with_host else ''}{name}:{','.join(actions)}" for name, actions in asked]
    expected: dict[str, set[str]] = {}
    for name, actions in asked:
        expected.setdefault(name, set()).update("push" if action == "delete" else action for action in actions)
    scopes = parse_scopes([" ".join(texts)] if in_one else texts, host=host)

    assert {scope.name: set(scope.actions) for scope in scopes.repositories} == expected
    assert not scopes.catalog


@given(st.lists(st.text("repository:/pulsh,* ca", max_size=40) | st.text(max_size=40), max_size=4))
def test_whatever_scope_is_asked_is_understood_or_refused(texts: list[str]) -> None:
    scopes = attempt(parse_scopes, texts, host="registry.example.com")
    if isinstance(scopes, Invalid):
        assert isinstance(scopes, ScopeInvalid)
        assert len(scopes.message) < 300
    else:
        for scope in scopes.repositories:
            assert scope.actions <= {"pull", "push", "*"}
            assert scope.name.isascii()


def test_a_catalog_scope_is_noted() -> None:
    assert parse_scopes(["registry:catalog:*"], host="").catalog
