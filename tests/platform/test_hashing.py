"""Hashes that can be saved and restored agree with hashlib at every point."""

import hashlib
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.platform.hashing import ALGORITHMS, HashlibHash, new_hash, restore_hash

algorithms = pytest.mark.parametrize("algorithm", ALGORITHMS)
PIECES = st.lists(st.binary(max_size=300), max_size=12)


@given(algorithm=st.sampled_from(ALGORITHMS), pieces=PIECES)
def test_any_split_of_the_bytes_gives_the_digest_of_hashlib(algorithm: str, pieces: list[bytes]) -> None:
    running = new_hash(algorithm)
    for index, piece in enumerate(pieces):
        running.update(piece)
        assert running.hexdigest() == hashlib.new(algorithm, b"".join(pieces[: index + 1])).hexdigest()


@given(algorithm=st.sampled_from(ALGORITHMS), before=PIECES, after=PIECES)
def test_a_hash_saved_at_any_point_goes_on_after_being_restored(algorithm: str, before: list[bytes], after: list[bytes]) -> None:
    first = new_hash(algorithm)
    for piece in before:
        first.update(piece)

    second = restore_hash(algorithm, first.save())
    assert second is not None
    for piece in after:
        second.update(piece)

    assert second.hexdigest() == hashlib.new(algorithm, b"".join(before + after)).hexdigest()
    assert first.hexdigest() == hashlib.new(algorithm, b"".join(before)).hexdigest()


@algorithms
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 111, 112, 127, 128, 129, 1 << 20])
def test_lengths_around_a_block_are_hashed_right(algorithm: str, length: int) -> None:
    content = bytes(length)
    running = new_hash(algorithm)
    running.update(content)
    assert running.hexdigest() == hashlib.new(algorithm, content).hexdigest()


@algorithms
def test_views_of_every_kind_are_hashed_like_their_bytes(algorithm: str) -> None:
    content = bytes(range(200))
    views = [memoryview(content)[3:77], memoryview(bytearray(content))[5:99], memoryview(content)[::2], memoryview(bytearray())]
    running, expected = new_hash(algorithm), hashlib.new(algorithm)
    for view in views:
        running.update(view)
        expected.update(view.tobytes())
    assert running.hexdigest() == expected.hexdigest()


@algorithms
def test_a_count_beyond_four_gigabits_survives_being_saved(algorithm: str) -> None:
    piece = bytes(1 << 20)
    running, expected = new_hash(algorithm), hashlib.new(algorithm)
    for _ in range(520):
        running.update(piece)
        expected.update(piece)
    restored = restore_hash(algorithm, running.save())
    assert restored is not None
    assert restored.hexdigest() == expected.hexdigest()


@algorithms
def test_a_state_of_another_algorithm_machine_or_library_is_not_restored(algorithm: str) -> None:
    saved = new_hash(algorithm).save()
    assert saved is not None
    other = "sha512" if algorithm == "sha256" else "sha256"
    tag, state = saved.split(b"\n", 1)

    assert restore_hash(other, saved) is None
    assert restore_hash(algorithm, tag.replace(tag.split()[1], b"pdp11") + b"\n" + state) is None
    assert restore_hash(algorithm, tag + b"9\n" + state) is None
    assert restore_hash("md5", saved) is None


@given(algorithm=st.sampled_from(ALGORITHMS), noise=st.binary(max_size=230))
def test_a_damaged_state_is_refused_and_never_trusted_as_an_offset(algorithm: str, noise: bytes) -> None:
    fresh = new_hash(algorithm)
    fresh.update(b"x" * 70)
    saved = fresh.save()
    assert saved is not None
    tag = saved.split(b"\n", 1)[0] + b"\n"

    assert restore_hash(algorithm, None) is None
    assert restore_hash(algorithm, noise) is None
    assert restore_hash(algorithm, saved[:-1]) is None
    assert restore_hash(algorithm, saved[:-8] + b"\xff\xff\xff\x7f" + saved[-4:]) is None
    restored = restore_hash(algorithm, tag + noise.ljust(len(saved) - len(tag), b"\xfe"))
    assert restored is None


def test_an_unknown_algorithm_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match="sha256, sha512"):
        new_hash("md5")


@algorithms
def test_the_fallback_hashes_the_same_and_cannot_be_saved(algorithm: str) -> None:
    fallback = HashlibHash(algorithm)
    fallback.update(b"pier")
    fallback.update(memoryview(b"head"))
    assert fallback.hexdigest() == hashlib.new(algorithm, b"pierhead").hexdigest()
    assert fallback.save() is None


def test_other_threads_run_while_a_large_piece_is_hashed() -> None:
    interval = sys.getswitchinterval()
    # A thread that does not give up the interpreter lock by itself now keeps it, so nobody else sees it at work.
    sys.setswitchinterval(60)
    try:
        assert any(_was_seen_hashing(bytes(32 << 20)) for _ in range(20))
    finally:
        sys.setswitchinterval(interval)


def _was_seen_hashing(content: bytes) -> bool:
    begun, ended = threading.Event(), threading.Event()
    running = new_hash("sha512")

    def hash_it() -> None:
        begun.set()
        running.update(content)
        ended.set()

    worker = threading.Thread(target=hash_it)
    worker.start()
    begun.wait()
    seen = not ended.is_set()
    worker.join()
    return seen
