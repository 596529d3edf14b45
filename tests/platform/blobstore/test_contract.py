"""What every blob store of the registry promises."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.blobstore.errors import BlobMissing, UploadBusy, UploadLost
from pierhead.platform.blobstore.registry import BACKENDS
from pierhead.settings import Settings, StorageSettings

KEY = "sha256/ab/abcdef"
OUTSIDE = ["", "/", "..", "a/..", "../a", "a/../b", "./a", "a/.", "/a", "a/", "a//b", "a\\b", "a\x00", "a\n", "ä", "a b"]


@pytest.fixture(params=sorted(BACKENDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    settings = Settings(data_dir=tmp_path, storage=StorageSettings(backend=request.param))
    return BACKENDS[request.param](settings)


def upload(store: BlobStore, *pieces: bytes, name: str = "upload-1") -> str:
    """The state of an upload that holds the pieces, each written by a writer of its own."""
    state, offset = store.begin_upload(name), 0
    for piece in pieces:
        with closing(store.open_writer(state, offset)) as writer:
            writer.write([piece])
            state = writer.flush()
        offset += len(piece)
    return state


def read(store: BlobStore, key: str) -> bytes:
    with closing(store.open(key)) as reader:
        return reader.read(0, reader.size_bytes + 1)


def test_pieces_of_several_writers_become_one_blob(store: BlobStore) -> None:
    state = upload(store, b"one ", b"two ", b"three")
    assert store.read_upload(state, 0, 100) == b"one two three"
    assert store.size(KEY) is None

    key = store.commit_upload(state, 13, KEY)

    assert read(store, key) == b"one two three"
    assert store.size(key) == 13
    with pytest.raises(UploadLost):
        store.read_upload(state, 0, 1)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(batches=st.lists(st.lists(st.binary(max_size=40), max_size=5), max_size=5))
def test_any_batches_of_any_pieces_are_stored_in_order(store: BlobStore, batches: list[list[bytes]]) -> None:
    expected = b"".join(b"".join(batch) for batch in batches)
    state = store.begin_upload("upload-1")
    with closing(store.open_writer(state, 0)) as writer:
        for batch in batches:
            writer.write(batch)
        state = writer.flush()
    assert read(store, store.commit_upload(state, len(expected), KEY)) == expected


def test_thousands_of_pieces_in_one_write_are_all_stored(store: BlobStore) -> None:
    pieces = [bytes([index % 251]) * (index % 7) for index in range(5000)]
    state, content = store.begin_upload("upload-1"), b"".join(pieces)
    with closing(store.open_writer(state, 0)) as writer:
        writer.write(pieces)
        state = writer.flush()
    assert read(store, store.commit_upload(state, len(content), KEY)) == content


def test_an_upload_goes_on_at_its_saved_offset_and_what_lies_beyond_is_cut_off(store: BlobStore) -> None:
    state = upload(store, b"saved")
    with closing(store.open_writer(state, 5)) as writer:
        writer.write([b" and lost with the process"])
        writer.flush()

    with closing(store.open_writer(state, 5)) as writer:
        writer.write([b"!"])
        state = writer.flush()

    assert read(store, store.commit_upload(state, 6, KEY)) == b"saved!"


def test_an_upload_that_begins_again_forgets_its_first_bytes(store: BlobStore) -> None:
    state = upload(store, b"a long first attempt")
    with closing(store.open_writer(state, 0)) as writer:
        writer.write([b"short"])
        state = writer.flush()
    assert store.read_upload(state, 0, 100) == b"short"


def test_an_upload_with_fewer_bytes_than_promised_is_lost(store: BlobStore) -> None:
    state = upload(store, b"five!")
    with pytest.raises(UploadLost):
        store.open_writer(state, 6)
    with pytest.raises(UploadLost):
        store.open_writer(store.begin_upload("never-written"), 1)
    with pytest.raises(UploadLost):
        store.read_upload("never-written", 0, 1)


@pytest.mark.parametrize("size", [0, 4, 6])
def test_committing_another_size_is_refused_and_the_upload_stays(store: BlobStore, size: int) -> None:
    state = upload(store, b"five!")
    with pytest.raises(UploadLost):
        store.commit_upload(state, size, KEY)
    assert store.size(KEY) is None
    assert read(store, store.commit_upload(state, 5, KEY)) == b"five!"


def test_an_upload_cannot_be_committed_twice(store: BlobStore) -> None:
    state = upload(store, b"five!")
    store.commit_upload(state, 5, KEY)
    with pytest.raises(UploadLost):
        store.commit_upload(state, 5, KEY)


def test_an_empty_upload_becomes_an_empty_blob(store: BlobStore) -> None:
    never_written = store.commit_upload(store.begin_upload("upload-1"), 0, KEY)
    opened_only = store.commit_upload(upload(store, b"", name="upload-2"), 0, "sha256/cd/cdef")
    for key in (never_written, opened_only):
        assert store.size(key) == 0
        assert read(store, key) == b""


def test_committing_what_is_already_there_replaces_it(store: BlobStore) -> None:
    first = store.commit_upload(upload(store, b"same", name="first"), 4, KEY)
    second = store.commit_upload(upload(store, b"same", name="second"), 4, KEY)
    assert read(store, first) == read(store, second) == b"same"


def test_an_aborted_upload_is_gone_and_aborting_again_is_harmless(store: BlobStore) -> None:
    state = upload(store, b"bytes")
    store.abort_upload(state)
    store.abort_upload(state)
    store.abort_upload(store.begin_upload("never-written"))
    with pytest.raises(UploadLost):
        store.open_writer(state, 5)
    with pytest.raises(UploadLost):
        store.commit_upload(state, 5, KEY)


def test_closing_a_writer_twice_is_harmless(store: BlobStore) -> None:
    writer = store.open_writer(store.begin_upload("upload-1"), 0)
    writer.close()
    writer.close()


def test_ranges_are_cut_at_the_end(store: BlobStore) -> None:
    key = store.put(KEY, b"0123456789")
    with closing(store.open(key)) as reader:
        assert reader.size_bytes == 10
        assert reader.read(0, 4) == b"0123"
        assert reader.read(8, 4) == b"89"
        assert reader.read(10, 4) == b""
        assert reader.read(99, 4) == b""
        assert reader.read(3, 0) == b""


def test_a_small_blob_is_stored_whole_and_replaced_whole(store: BlobStore) -> None:
    assert read(store, store.put(KEY, b"first")) == b"first"
    assert read(store, store.put(KEY, b"other")) == b"other"
    assert read(store, store.put("sha256/cd/empty", b"")) == b""


def test_a_blob_that_is_not_there_is_missing(store: BlobStore) -> None:
    store.put(KEY, b"bytes")
    for key in ("sha256/ab/other", "sha512/ab/abcdef", "sha256", "sha256/ab", KEY + "/below"):
        assert store.size(key) is None
        with pytest.raises(BlobMissing) as caught:
            store.open(key)
        assert caught.value.detail == {"key": key}


def test_deleting_passes_over_what_is_gone(store: BlobStore) -> None:
    key = store.put(KEY, b"bytes")
    store.delete(["sha256/ab/other", key, key])
    assert store.size(key) is None
    store.delete([])


def test_an_open_blob_stays_readable_after_it_was_deleted(store: BlobStore) -> None:
    key = store.put(KEY, b"still here")
    with closing(store.open(key)) as reader:
        store.delete([key])
        assert reader.read(0, 100) == b"still here"
        reader.close()


def test_threads_that_store_the_same_key_at_once_leave_one_whole_blob(store: BlobStore) -> None:
    contents = [bytes([index]) * 100_000 for index in range(8)]
    barrier, seen = threading.Barrier(len(contents)), []

    def store_one(index: int) -> None:
        state = upload(store, contents[index], name=f"upload-{index}")
        barrier.wait()
        store.put(KEY, contents[index])
        seen.append(read(store, KEY))
        store.commit_upload(state, len(contents[index]), KEY)

    threads = [threading.Thread(target=store_one, args=(index,)) for index in range(len(contents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == len(contents)
    assert all(content in contents for content in [*seen, read(store, KEY)])


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_key_that_could_leave_the_store_is_refused(store: BlobStore, key: str) -> None:
    state = upload(store, b"five!")
    for attempt in (
        lambda: store.put(key, b"x"),
        lambda: store.open(key),
        lambda: store.size(key),
        lambda: store.delete([key]),
        lambda: store.commit_upload(state, 5, key),
    ):
        with pytest.raises(ValueError, match="blob key"):
            attempt()
    assert store.read_upload(state, 0, 5) == b"five!"


@pytest.mark.parametrize("name", [*OUTSIDE, "a/b"])
def test_an_upload_name_that_could_leave_the_store_is_refused(store: BlobStore, name: str) -> None:
    for attempt in (
        lambda: store.begin_upload(name),
        lambda: store.open_writer(name, 0),
        lambda: store.read_upload(name, 0, 1),
        lambda: store.commit_upload(name, 0, KEY),
        lambda: store.abort_upload(name),
    ):
        with pytest.raises(ValueError, match="upload name"):
            attempt()


def test_an_address_for_the_client_is_either_none_or_a_web_address(store: BlobStore) -> None:
    address = store.presign(store.put(KEY, b"bytes"), seconds=60, content_type="application/octet-stream")
    assert address is None or address.startswith(("http://", "https://"))


def test_a_working_store_passes_its_check(store: BlobStore) -> None:
    store.check()
    assert store.minimum_part_bytes >= 0


def test_a_second_writer_is_refused_while_the_first_is_open(store: BlobStore) -> None:
    state = store.begin_upload("upload-1")
    with closing(store.open_writer(state, 0)) as writer:
        writer.write([b"first"])
        with pytest.raises(UploadBusy):
            store.open_writer(state, 0)
        with pytest.raises(UploadBusy):
            store.commit_upload(state, 5, "sha256/ab/abcdef")
    with closing(store.open_writer(state, 5)) as writer:
        writer.write([b" second"])
        state = writer.flush()
    with closing(store.open(store.commit_upload(state, 12, "sha256/ab/abcdef"))) as reader:
        assert reader.read(0, 100) == b"first second"


def test_a_writer_tells_of_bytes_beyond_its_offset_and_cuts_them_off_only_when_it_writes(store: BlobStore) -> None:
    state = store.begin_upload("upload-1")
    with closing(store.open_writer(state, 0)) as writer:
        writer.write([b"saved and lost"])
    with closing(store.open_writer(state, 5)) as writer:
        assert writer.found_bytes == 14
    assert store.read_upload(state, 0, 100) == b"saved and lost"
    with closing(store.open_writer(state, 5)) as writer:
        writer.write([b"!"])
    assert store.read_upload(state, 0, 100) == b"saved!"
