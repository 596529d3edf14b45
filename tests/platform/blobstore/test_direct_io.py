"""Writing past the page cache: the same bytes as in the ordinary way, wherever it begins, and however it ends."""

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pierhead.platform.blobstore.base import UploadWriter
from pierhead.platform.blobstore.direct_io import DirectFile, open_direct
from pierhead.platform.blobstore.local import LocalBlobStore
from pierhead.platform.errors import StorageFull

KEY = "sha256/ab/abcdef"
MIB = 1024 * 1024
_SOURCE = memoryview(random.Random(8).randbytes(4 * MIB))

_sizes = st.integers(0, 10) | st.integers(4090, 4100) | st.integers(0, 70_000) | st.sampled_from([MIB - 1, MIB, MIB + 4097])
_stretches = st.lists(st.lists(st.lists(_sizes, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=3)
_thresholds = st.sampled_from([None, 0, 1, 4095, 4096, 4097, 100_001, MIB])


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A folder of a file system that can be written to past the page cache."""
    file = os.open(tmp_path / "probe", os.O_WRONLY | os.O_CREAT)
    try:
        direct = open_direct(str(tmp_path / "probe"), file, 0)
    finally:
        os.close(file)
    if direct is None:
        pytest.skip(f"the file system of {tmp_path} cannot be written to past the page cache")
    direct.close()
    return tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few mebibytes that can be written to past the page cache."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(8 * MIB)
    for command in (["mkfs.ext4", "-q", str(image)], ["mount", "-o", "loop", str(image), str(folder)]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip(f"{command[0]} is not here")
        if done.returncode:
            pytest.skip(f"making a small file system is not possible here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, where most systems know no way past the page cache."""
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no /dev/shm to write to")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as path:
        yield Path(path)


def take(position: int, sizes: Sequence[int]) -> list[memoryview]:
    """Pieces of these sizes of the endless source, from a position on."""
    pieces = []
    for size in sizes:
        start = position % MIB
        pieces.append(_SOURCE[start : start + size])
        position += size
    return pieces


def write(writer: UploadWriter, position: int, writes: Sequence[Sequence[int]]) -> bytes:
    """Write the pieces; what was written."""
    written = b""
    for sizes in writes:
        pieces = take(position + len(written), sizes)
        writer.write(pieces)
        written += b"".join(pieces)
    return written


@settings(deadline=None, max_examples=40)
@given(_stretches, _thresholds)
def test_an_upload_in_any_pieces_by_several_writers_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, stretches: list[list[list[int]]], direct_from: int | None
) -> None:
    folder = tmp_path_factory.mktemp("disk")
    content, state = b"", ""
    with closing(LocalBlobStore(folder, direct_from=direct_from)) as store:
        state = store.begin_upload("upload-1")
        for writes in stretches:
            with closing(store.open_writer(state, len(content))) as writer:
                assert writer.found_bytes == len(content)
                content += write(writer, len(content), writes)
                state = writer.flush()
                assert writer.flush() == state
            assert store.read_upload(state, 0, len(content) + 1) == content
        store.commit_upload(state, len(content), KEY)
        with closing(store.open(KEY)) as reader:
            assert sha256(reader.read(0, len(content) + 1)).digest() == sha256(content).digest()
        store.delete([KEY])


@settings(deadline=None, max_examples=20)
@given(st.lists(_sizes, min_size=1, max_size=4), st.lists(_sizes, min_size=1, max_size=4), st.sampled_from([0, 1, 4097]))
def test_a_writer_that_ends_without_flushing_loses_only_what_it_did_not_flush(
    tmp_path_factory: pytest.TempPathFactory, saved: list[int], lost: list[int], direct_from: int
) -> None:
    with closing(LocalBlobStore(tmp_path_factory.mktemp("disk"), direct_from=direct_from)) as store:
        state = store.begin_upload("upload-1")
        with closing(store.open_writer(state, 0)) as writer:
            content = write(writer, 0, [[size] for size in saved])
            state = writer.flush()
            write(writer, 77, [[size] for size in lost])
        assert store.read_upload(state, 0, len(content)) == content
        with closing(store.open_writer(state, len(content))) as writer:
            content += write(writer, len(content), [[4099], [13]])
            state = writer.flush()
        store.commit_upload(state, len(content), KEY)
        with closing(store.open(KEY)) as reader:
            assert reader.read(0, len(content) + 1) == content
        store.abort_upload(state)


def test_what_is_flushed_is_not_in_the_page_cache_of_the_process_alone(disk: Path) -> None:
    store = LocalBlobStore(disk, direct_from=4096)
    with closing(store.open_writer(store.begin_upload("upload-1"), 0)) as writer:
        content = write(writer, 0, [[5000], [MIB], [3]])
        writer.flush()
        assert (disk / "uploads" / "upload-1").read_bytes() == content
        content += write(writer, len(content), [[8192]])
        writer.flush()
        assert (disk / "uploads" / "upload-1").read_bytes() == content


def test_a_file_system_without_that_way_takes_the_ordinary_one(memory: Path) -> None:
    with closing(LocalBlobStore(memory, direct_from=1)) as store:
        with closing(store.open_writer(store.begin_upload("upload-1"), 0)) as writer:
            content = write(writer, 0, [[1], [MIB + 1], [4096], [MIB, MIB]])
            state = writer.flush()
        store.commit_upload(state, len(content), KEY)
        with closing(store.open(KEY)) as reader:
            assert reader.read(0, len(content) + 1) == content


def test_a_folder_has_no_way_past_the_page_cache(tmp_path: Path) -> None:
    assert open_direct(str(tmp_path), -1, 0) is None


def test_a_file_system_that_refuses_such_writes_gets_them_in_the_ordinary_way(tmp_path: Path) -> None:
    """Some open the file that way and refuse the first write; a file of the kernel that takes no such text does the same."""
    ordinary = os.open(tmp_path / "content", os.O_RDWR | os.O_CREAT)
    direct = DirectFile(os.open("/proc/self/oom_score_adj", os.O_WRONLY), ordinary, 0)
    try:
        direct.write([_SOURCE[: MIB + 5]])
        direct.flush()
    finally:
        direct.close()
        os.close(ordinary)
    assert (tmp_path / "content").read_bytes() == _SOURCE[: MIB + 5]


def test_a_full_disk_is_told_and_the_writer_can_still_be_closed(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    ordinary = os.open(tmp_path / "content", os.O_RDWR | os.O_CREAT)
    direct = DirectFile(os.open("/dev/full", os.O_WRONLY), ordinary, 0)
    # As a request does it: the writer is closed while the error is still on its way.
    with pytest.raises(OSError, match="No space left on device"), closing(direct):
        direct.write([_SOURCE[: 2 * MIB]])
    os.close(ordinary)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_refuses_an_upload_and_another_writer_goes_on_when_there_is_room(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with closing(LocalBlobStore(small_disk, direct_from=4096)) as store:
        state = store.begin_upload("upload-1")
        with closing(store.open_writer(state, 0)) as writer:
            content = write(writer, 0, [[5000], [MIB]])
            state = writer.flush()
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(100_000))
        with pytest.raises(StorageFull), closing(store.open_writer(state, len(content))) as writer:
            write(writer, len(content), [[MIB, MIB, MIB]])
        filler.unlink()
        with closing(store.open_writer(state, len(content))) as writer:
            content += write(writer, len(content), [[MIB + 7]])
            state = writer.flush()
        store.commit_upload(state, len(content), KEY)
        with closing(store.open(KEY)) as reader:
            assert reader.read(0, len(content) + 1) == content
