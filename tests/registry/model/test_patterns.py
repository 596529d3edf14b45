"""Patterns say the same of a name as the language's own regular expressions, and never take long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.registry.model.patterns import PatternInvalid, PatternTooSlow, TagPattern

_NAMES = st.text(alphabet="abvx019.-_ltesrcRL", min_size=1, max_size=12)
_PATTERNS = (
    r"v\d+\.\d+", r"^v[0-9]+(-rc\d*)?$", r"(a|b)*abb", r"(?!latest$).*", r"(?i)REL-.*", r"a{2,4}b?", r".*(?=-x)-x.*", r"\bfoo\b.*", r"[^a-z]+",
    r"[a\-z]+", r"[]a]+", r"x{,3}", r"(a*)*b", r"main|dev|stage-.+", r"[\w.-]+", r"a{b", r"(?:ab|a)(?P<rest>c|bc)", r"\Av\Z", r"a.?b+?", r"x|", r"\B.+",
    r"[^\d]-[\d.]*",
)  # fmt: skip


@pytest.mark.parametrize("pattern", _PATTERNS)
@given(name=_NAMES)
def test_a_pattern_describes_what_it_always_did(pattern: str, name: str) -> None:
    assert TagPattern(pattern).matches(name) is (re.fullmatch(pattern, name, re.ASCII) is not None)


@given(
    name=_NAMES, parts=st.lists(st.sampled_from(["a", "b", "v", "1", ".", "-", "[a-c]", r"\d", "(a|b)", "(?:v1)?"]), min_size=1, max_size=6)
)
def test_patterns_put_together_at_random_do_so_too(name: str, parts: list[str]) -> None:
    for sign in ("", "*", "+", "?"):
        pattern = sign.join(parts) + (sign if parts[-1][-1] != "?" else "")
        if "?*" in pattern or "?+" in pattern:
            continue
        try:
            expected = re.fullmatch(pattern, name, re.ASCII) is not None
        except re.error:
            continue
        assert TagPattern(pattern).matches(name) is expected, pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a" * 257,
        "(",
        ")",
        "[",
        "[a",
        "*a",
        "a**",
        "\\",
        r"\1",
        r"(?<=a)b",
        r"(?P<1>a)",
        "a{3,1}",
        "a{999}",
        "[z-a]",
        "(" * 60 + ")" * 60,
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        TagPattern(pattern)


def test_a_pattern_may_not_be_too_large() -> None:
    with pytest.raises(PatternInvalid):
        TagPattern("((a{1,100}){1,100}){1,100}")


@pytest.mark.parametrize("pattern", ["(a*)*(a*)*b", "(a|aa)+b", "(a|a?)+b", "([a-z]+)*1"])
def test_patterns_that_others_fall_for_end(pattern: str) -> None:
    """Trying one way after another would take longer than the universe exists."""
    assert not TagPattern(pattern).matches("a" * 128)


def test_a_name_beyond_ascii_is_matched_by_no_letter() -> None:
    assert not TagPattern("ä").matches("ä")
    assert TagPattern(".").matches("b")


def test_a_list_that_would_take_too_long_is_given_up() -> None:
    names = [f"{'ab' * 60}{number}" for number in range(2000)]
    with pytest.raises(PatternTooSlow):
        TagPattern("(?!x)" + "(a|b|ab)*" * 12).select(names, matching=True)
