"""Reading archives: the forms that tools write, and what is refused with a reason."""

import contextlib
import io
import random
import tarfile
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pierhead.layers.model.contents import ContentsWriter, read_contents
from pierhead.layers.model.entries import Entry, EntryKind
from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.read_entries import read_entries
from pierhead.layers.unpack import LayerStream
from pierhead.platform.blobstore.memory import MemoryBlobStore
from tests.layers.archives import Made, compress, file, folder, hardlink, pack, symlink

LIMITS = LayerLimits()


def read(layer: bytes, limits: LayerLimits = LIMITS) -> list[Entry]:
    """Every entry of a layer's blob; the whole blob is gone through."""
    blobs = MemoryBlobStore()
    stream = LayerStream(blobs.open(blobs.put("layer", layer)), limits)
    entries = list(read_entries(stream, limits))
    stream.drain()
    return entries


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_entries_say_what_the_archive_says_in_every_form(form: int) -> None:
    path = "a/" + "long" * 20 + "/" + "name" * 15
    made = (
        folder("a", 0o1777, user=5, group=6),
        file(path, b"12345", 0o4755, user=1000, modified=1_500_000_000),
        symlink("link", "a/b"),
        hardlink("twin", path[:90] if form == tarfile.USTAR_FORMAT else path),
        Made("null", kind=tarfile.CHRTYPE, device=(1, 3)),
    )
    found = read(pack(*made, form=form))
    assert [entry.kind for entry in found] == [
        EntryKind.FOLDER, EntryKind.FILE, EntryKind.SYMBOLIC_LINK, EntryKind.HARD_LINK, EntryKind.CHARACTER_DEVICE,
    ]  # fmt: skip
    assert (found[0].mode, found[0].user, found[0].group) == (0o1777, 5, 6)
    assert (found[1].path, found[1].size, found[1].mode, found[1].modified) == (path.encode(), 5, 0o4755, 1_500_000_000)
    assert found[2].link == b"a/b"
    assert found[4].device == (1, 3)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_numbers_that_do_not_fit_into_octal_digits_are_read(form: int) -> None:
    (found,) = read(pack(file("a", user=3_000_000_000, modified=20_000_000_000), form=form))
    assert (found.user, found.modified) == (3_000_000_000, 20_000_000_000)


@given(content=st.binary(max_size=3000), noise=st.integers(0, 2**32))
def test_every_entry_knows_where_its_content_lies(content: bytes, noise: int) -> None:
    archive = pack(file("n" * 150, content), file("b", random.Random(noise).randbytes(noise % 1000)))
    first, second = read(archive)
    assert archive[first.data : first.data + first.size] == content
    assert (first.start, second.start) == (0, first.end)
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert [info.offset_data for info in opened] == [first.data, second.data]


def test_several_members_and_frames_are_one_archive() -> None:
    archive = pack(file("a", b"1" * 2000), file("b"))
    expected = read(archive)
    assert read(compress(archive[:700]) + compress(archive[700:])) == expected
    assert read(compress(archive[:700], "zstd") + b"\x50\x2a\x4d\x18\x04\0\0\0skip" + compress(archive[700:], "zstd")) == expected
    assert read(compress(archive) + bytes(100)) == expected


def test_a_table_of_contents_is_read_as_it_was_written() -> None:
    entries = read(pack(*(file(f"f{number}", records={"SCHILY.xattr.user.a": "b"}) for number in range(2500))))
    written: list[bytes] = []
    writer = ContentsWriter(written.append, maximum_bytes=10_000_000)
    for entry in entries:
        writer.add(entry)
    writer.finish()
    table = read_contents(b"".join(written), maximum_bytes=10_000_000)
    assert table.entries == entries
    with pytest.raises(LayerInvalid, match="too large together"):
        read_contents(b"".join(written), maximum_bytes=table.size_bytes - 1)


def test_a_table_that_would_fill_the_memory_is_not_made() -> None:
    writer = ContentsWriter(lambda _piece: None, maximum_bytes=2_000_000)
    (entry,) = read(pack(file("a", records={"SCHILY.xattr.user.a": "x" * 100_000})))
    with pytest.raises(LayerInvalid, match="larger than 2000000 bytes"):
        list(map(writer.add, [entry] * 50))


ARCHIVE = pack(file("a", b"1" * 3000), file("b"))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (b"something else altogether" * 100, "no tar archive"),
        (ARCHIVE[:100], "no tar archive"),
        (ARCHIVE[:1500], "in the middle of an entry"),
        (ARCHIVE[:4000], "in the middle of a header"),
        (compress(ARCHIVE)[:-20], "gzip data ends too early"),
        (compress(ARCHIVE)[:20] + b"xxxx" + compress(ARCHIVE)[24:], "gzip data is corrupt"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "zstd data is corrupt"),
        (ARCHIVE[:10] + b"x" + ARCHIVE[11:], "no tar archive"),
        (ARCHIVE[:3700] + b"x" + ARCHIVE[3701:], "checksum"),
        (pack(file("../../etc/passwd")), "leaves the root"),
        (pack(hardlink("a", "../../etc/passwd")), "leaves the root"),
        (pack(Made("a", kind=b"Z")), "unknown type"),
        (pack(file("a", records={"path": "a\0b"})), "NUL"),
        (pack(file("a", records={"size": "-1"})), "size"),
        (pack(file("a", records={"mtime": "soon"})), "no number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(layer: bytes, reason: str) -> None:
    with pytest.raises(LayerInvalid, match=reason):
        read(layer)


def test_an_empty_blob_is_an_empty_layer() -> None:
    assert read(b"") == read(bytes(1024)) == []


def _endless_sparse_header() -> bytes:
    """A header of an old sparse file that announces one more block again and again."""
    block = bytearray(pack(Made("a", kind=b"S"))[:512])
    block[482], block[148:156] = 1, b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + (bytes(504) + b"\1" + bytes(7)) * 100


BOMB = pack(file("zeros", bytes(20_000_000)))


@pytest.mark.parametrize(
    ("layer", "limits", "reason"),
    [
        (pack(*(file(f"f{number}", b"") for number in range(11))), replace(LIMITS, maximum_entries=10), "more than 10 entries"),
        (pack(file("n" * 3000)), replace(LIMITS, maximum_path_bytes=1000), "longer than 1000 bytes"),
        (pack(file("/".join("d" * 40))), replace(LIMITS, maximum_depth=20), "deeper than 20"),
        (pack(file("a", records={"comment": "x" * 3000})), replace(LIMITS, maximum_header_bytes=2000), "headers of an entry"),
        (pack(file("a"), common={"x": "y" * 3000}), replace(LIMITS, maximum_header_bytes=2000), "headers"),
        (_endless_sparse_header(), replace(LIMITS, maximum_header_bytes=2000), "headers of an entry"),
        (compress(BOMB), replace(LIMITS, maximum_unpacked_bytes=10_000_000), "unpacks to more than 10000000 bytes"),
        (compress(BOMB, "zstd"), replace(LIMITS, maximum_unpacked_bytes=10_000_000), "unpacks to more than 10000000 bytes"),
        (compress(BOMB), replace(LIMITS, ratio_from_bytes=1_000_000, maximum_ratio=100), "100 times its size"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(layer: bytes, limits: LayerLimits, reason: str) -> None:
    with pytest.raises(LayerInvalid, match=reason):
        read(layer, limits)


def test_a_window_larger_than_the_memory_we_give_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=30, enable_ldm=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    layer = compressor.compress(ARCHIVE) + compressor.flush()
    with pytest.raises(LayerInvalid, match="zstd data is corrupt"):
        read(layer)


@given(st.data())
def test_no_damage_to_a_layer_ends_in_anything_but_a_reason(data: st.DataObject) -> None:
    by = data.draw(st.sampled_from(("gzip", "zstd", "nothing")))
    layer = bytearray(compress(pack(folder("d"), file("d/" + "n" * 120, b"x" * 700), symlink("s", "d")), by))
    for _ in range(data.draw(st.integers(1, 4))):
        layer[data.draw(st.integers(0, len(layer) - 1))] = data.draw(st.integers(0, 255))
    del layer[data.draw(st.integers(1, len(layer))) :]
    with contextlib.suppress(LayerInvalid):
        read(bytes(layer), replace(LIMITS, maximum_unpacked_bytes=50_000_000))
