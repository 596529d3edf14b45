"""What only files can do: survive a restart, and run into a full disk."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pierhead.platform.blobstore.base import BlobStore
from pierhead.platform.blobstore.local import LocalBlobStore
from pierhead.platform.errors import StorageFull, Unavailable

KEY = "sha256/ab/abcdef"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting a small file system is not possible here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small_store(small_disk: Path) -> Iterator[LocalBlobStore]:
    """A store on that file system, which is closed before the file system goes."""
    with closing(LocalBlobStore(small_disk)) as store:
        yield store


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def fill(file: Path) -> None:
    """Write to the file until the disk refuses."""
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def test_another_process_goes_on_with_an_upload_and_reads_the_blob(tmp_path: Path) -> None:
    first = LocalBlobStore(tmp_path)
    with closing(first.open_writer(first.begin_upload("upload-1"), 0)) as writer:
        writer.write([b"one "])
        state = writer.flush()

    second = LocalBlobStore(tmp_path)
    with closing(second.open_writer(state, 4)) as writer:
        writer.write([b"two"])
        state = writer.flush()
    key = second.commit_upload(state, 7, KEY)

    with closing(first.open(key)) as reader:
        assert reader.read(0, 10) == b"one two"


def test_what_a_killed_process_left_behind_is_removed_when_it_is_old(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    store.put(KEY, b"small")
    for name in ("old", "young"):
        with closing(store.open_writer(store.begin_upload(name), 0)) as writer:
            writer.write([b"some bytes"])
        (tmp_path / "temporary" / name).write_bytes(b"half a b")
    for path in ("uploads/old", "temporary/old", f"blobs/{KEY}"):
        os.utime(tmp_path / path, (1, 1))

    assert store.remove_leftovers(older_than_seconds=3600) == 2

    assert files_below(tmp_path) == [f"blobs/{KEY}", "temporary/young", "uploads/young"]
    assert store.remove_leftovers(older_than_seconds=3600) == 0


def test_nothing_is_left_beside_the_blobs(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    store.put(KEY, b"small")
    with closing(store.open_writer(store.begin_upload("upload-1"), 0)) as writer:
        writer.write([b"large"])
        state = writer.flush()
    store.commit_upload(state, 5, "sha256/cd/cdef")
    store.check()
    assert files_below(tmp_path) == ["blobs/sha256/ab/abcdef", "blobs/sha256/cd/cdef"]


def test_beginning_an_upload_touches_no_file(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    store.begin_upload("upload-1")
    assert files_below(tmp_path) == []


def test_blobs_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    LocalBlobStore(tmp_path).put(KEY, b"private")
    assert (tmp_path / "blobs" / KEY).stat().st_mode & 0o077 == 0


def test_writing_many_times_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    store = LocalBlobStore(tmp_path)
    for index in range(20):
        with closing(store.open_writer(f"upload-{index}", 0)) as writer:
            writer.write([b"x"])
            state = writer.flush()
        store.commit_upload(state, 1, f"sha256/ab/{index}")
        with closing(store.open(f"sha256/ab/{index}")):
            pass
    store.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_store_whose_folder_went_away_fails_its_check_with_the_reason(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "storage")
    (tmp_path / "storage").rename(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="No such file"):
        store.check()


@needs_root
def test_a_full_disk_refuses_an_upload_and_keeps_what_was_saved(small_disk: Path, small_store: LocalBlobStore) -> None:
    store: BlobStore = small_store
    with closing(store.open_writer(store.begin_upload("upload-1"), 0)) as writer:
        writer.write([b"saved"])
        state = writer.flush()
        with pytest.raises(StorageFull):
            writer.write([bytes(600_000), bytes(600_000)])
    assert files_below(small_disk) == ["uploads/upload-1"]

    with closing(store.open_writer(state, 5)) as writer:
        writer.write([b" on"])
        state = writer.flush()
    key = store.commit_upload(state, 8, KEY)
    with closing(store.open(key)) as reader:
        assert reader.read(0, 100) == b"saved on"


@needs_root
def test_a_full_disk_leaves_nothing_of_a_small_blob_and_works_again_when_space_returns(
    small_disk: Path, small_store: LocalBlobStore
) -> None:
    store = small_store
    filler = small_disk / "filler"
    filler.write_bytes(bytes(900_000))

    with pytest.raises(StorageFull):
        store.put(KEY, bytes(500_000))
    assert files_below(small_disk) == ["filler"]
    assert store.size(KEY) is None

    filler.unlink()
    store.put(KEY, bytes(500_000))
    assert store.size(KEY) == 500_000


@needs_root
def test_a_disk_without_a_byte_left_fails_the_check(small_disk: Path, small_store: LocalBlobStore) -> None:
    store = small_store
    with pytest.raises(OSError, match="No space left"):
        fill(small_disk / "filler")
    with pytest.raises(StorageFull):
        store.check()
    (small_disk / "filler").unlink()
    store.check()
