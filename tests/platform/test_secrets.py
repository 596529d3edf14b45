"""Secrets are sealed for a purpose, and keys are made once and can be changed."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.platform.errors import ConfigurationError
from pierhead.platform.secrets import SecretBox, SecretUnreadable, load_or_create_keys, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(plain=st.binary(max_size=300), purpose=st.text(max_size=20))
def test_what_is_sealed_is_opened_again(plain: bytes, purpose: str) -> None:
    box = SecretBox([OLD])
    sealed = box.seal(plain, purpose=purpose)
    assert box.open(sealed, purpose=purpose) == plain
    assert len(sealed) == len(plain) + 33
    assert box.seal(plain, purpose=purpose) != sealed


@given(position=st.integers(0, 38), bit=st.integers(0, 7))
def test_a_changed_bit_anywhere_is_noticed(position: int, bit: int) -> None:
    sealed = bytearray(SecretBox([OLD]).seal(b"secret", purpose="mirror"))
    sealed[position] ^= 1 << bit
    with pytest.raises(SecretUnreadable):
        SecretBox([OLD]).open(bytes(sealed), purpose="mirror")


@given(noise=st.binary(max_size=60))
def test_noise_is_unreadable(noise: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        SecretBox([OLD]).open(noise, purpose="mirror")


def test_a_secret_cannot_be_opened_for_another_purpose() -> None:
    box = SecretBox([OLD])
    with pytest.raises(SecretUnreadable):
        box.open(box.seal(b"secret", purpose="mirror"), purpose="build")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    before, rotated, after = SecretBox([OLD]), SecretBox([NEW, OLD]), SecretBox([NEW])
    old_secret, new_secret = before.seal(b"old", purpose="p"), rotated.seal(b"new", purpose="p")

    assert rotated.open(old_secret, purpose="p") == b"old"
    assert after.open(new_secret, purpose="p") == b"new"
    for box, sealed in ((before, new_secret), (after, old_secret)):
        with pytest.raises(SecretUnreadable):
            box.open(sealed, purpose="p")


@given(text=st.text(max_size=100))
def test_a_token_carries_its_text_through_a_url(text: str) -> None:
    box = SecretBox([OLD])
    token = box.seal_text(text, purpose="page", now=NOW)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert box.open_text(token, purpose="page", max_age_seconds=60, now=NOW) == text


def test_a_token_ends_with_its_age() -> None:
    box = SecretBox([OLD])
    token = box.seal_text("cursor", purpose="page", now=NOW)
    assert box.open_text(token, purpose="page", max_age_seconds=60, now=NOW + timedelta(seconds=60)) == "cursor"
    assert box.open_text(token, purpose="page", max_age_seconds=60, now=NOW + timedelta(seconds=60.1)) is None


@pytest.mark.parametrize("token", ["", "x", "abcd", "ä", "a b", "====", "A" * 5, "A" * 100, "A" * 100_000])
def test_a_token_that_is_not_ours_is_none(token: str) -> None:
    assert SecretBox([OLD]).open_text(token, purpose="page", max_age_seconds=60, now=NOW) is None


def test_a_token_and_a_secret_of_the_same_purpose_are_not_exchanged() -> None:
    box = SecretBox([OLD])
    token = box.seal_text("cursor", purpose="page", now=NOW)
    assert box.open_text(token, purpose="state", max_age_seconds=60, now=NOW) is None
    with pytest.raises(SecretUnreadable):
        box.open(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), purpose="page")


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [OLD, b"short"]])
def test_keys_of_a_wrong_length_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes"):
        SecretBox(keys)


def test_a_key_file_is_made_once_and_belongs_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret.keys"
    keys = load_or_create_keys(path)
    assert load_or_create_keys(path) == keys
    assert (len(keys), len(keys[0])) == (1, 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_servers_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for attempt in range(20):
            assert len(set(pool.map(load_or_create_keys, [tmp_path / f"keys-{attempt}"] * 8))) == 1
    assert len(list(tmp_path.iterdir())) == 20


def test_keys_are_read_newest_first_from_lines_or_words() -> None:
    new, old = base64.b64encode(NEW).decode(), base64.b64encode(OLD).decode()
    assert parse_keys(f"{new}\n{old}\n") == parse_keys(f" {new}, {old}") == (NEW, OLD)


@pytest.mark.parametrize("content", ["", "\n", "no base64!", "c2hvcnQ=", "ä" * 44])
def test_a_damaged_key_file_stops_the_start_and_is_named_but_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.keys"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"secret\.keys") as caught:
        load_or_create_keys(path)
    assert not content.strip() or content.strip() not in caught.value.message


def test_a_key_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load_or_create_keys(tmp_path)
