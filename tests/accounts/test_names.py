"""The rules of names, e-mail addresses and passwords (api-v1, section 3.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.accounts.model.errors import InvalidEmail, InvalidName, InvalidPassword, ReservedName
from pierhead.accounts.model.names import is_name, join_robot_name, parse_email, parse_namespace_name, parse_password


@pytest.mark.parametrize("name", ["ab", "a1", "a-b", "a_b.c-d", "1234", "x" * 255])
def test_names_are_lower_case_words_with_single_separators(name: str) -> None:
    assert parse_namespace_name(name, "user") == name


@pytest.mark.parametrize(
    "name", ["", "a", "A1", "-a", "a-", "a--b", "a..b", "a+b", "a/b", "ab\n", "äb", "a b", "x" * 256, "a\0b", "\ud800"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        parse_namespace_name(name, "organization")


@pytest.mark.parametrize("name", ["api", "v2", "oauth2", "metrics"])
def test_the_servers_own_addresses_are_no_namespaces(name: str) -> None:
    with pytest.raises(ReservedName):
        parse_namespace_name(name, "user")


@given(st.text(max_size=300))
def test_a_name_is_valid_exactly_when_the_rule_says_so(text: str) -> None:
    rule = re.fullmatch(r"([a-z0-9]+(?:[._-][a-z0-9]+)*)", text) is not None and 2 <= len(text) <= 255

    assert is_name(text) == rule


def test_a_robots_whole_name_has_at_most_255_characters() -> None:
    assert join_robot_name("ada", "ci") == "ada+ci"
    with pytest.raises(InvalidName):
        join_robot_name("x" * 200, "y" * 100)


@pytest.mark.parametrize(
    "email", ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a\0@b", "x" * 70 + "@example.com", "a@" + "b" * 300, "\ud800@b"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidEmail):
        parse_email(email)


def test_addresses_are_kept_in_lower_case() -> None:
    assert parse_email("Ada+x@Example.COM") == "ada+x@example.com"


@pytest.mark.parametrize("password", ["", "1234567", "with space", "tab\there", "x" * 1025, "12345678\0", "1234567\ud800"])
def test_a_password_has_8_characters_and_no_white_space(password: str) -> None:
    with pytest.raises(InvalidPassword):
        parse_password(password)


@given(st.text())
def test_any_text_as_password_or_address_is_taken_or_refused_in_order(text: str) -> None:
    for parse, refusal in ((parse_password, InvalidPassword), (parse_email, InvalidEmail)):
        try:
            parse(text)
        except refusal:
            continue
