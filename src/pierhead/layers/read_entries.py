"""The entries of a tar archive, read from a stream: ustar, PAX, GNU and the old form, as Docker's and GNU's tools write them."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from pierhead.layers.model.entries import SPARSE_NAME, Entry, EntryKind, normalize_path
from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.limits import LayerLimits
from pierhead.layers.unpack import LayerStream

BLOCK = 512
_ZEROS = bytes(BLOCK)
_OCTAL = re.compile(rb"[0-7]+")
# name, mode, uid, gid, size, mtime, checksum, type, link name, magic, (version, user, group), major, minor, prefix
_HEADER = struct.Struct("100s8s8s8s12s12s8sc100s6s66x8s8s155s12x")
_CHECKSUM_AS_SPACES = 8 * ord(" ")
_USTAR = b"ustar\0"
_SPARSE_EXTENDED_AT, _SPARSE_SIZE = 482, slice(483, 495)
_MORE_SPARSE_AT = 504
_OLD_SPARSE = b"S"
_LARGEST_SIZE = 2**62
_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"S": EntryKind.FILE,
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMBOLIC_LINK,
    b"3": EntryKind.CHARACTER_DEVICE,
    b"4": EntryKind.BLOCK_DEVICE,
    b"5": EntryKind.FOLDER,
    b"6": EntryKind.FIFO,
}
_DEVICES = (EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE)
_PAX, _PAX_OLD, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK, _VOLUME = b"x", b"X", b"g", b"L", b"K", b"V"
_EXTENSIONS = frozenset((_PAX, _PAX_OLD, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK, _VOLUME))
# Records that change nothing about an entry, so that they need not be carried along.
_IDLE_GLOBALS = frozenset((b"comment", b"hdrcharset", b"charset"))


@dataclass(slots=True)
class _Extensions:
    """What stood before the header of an entry and belongs to it."""

    start: int
    read_bytes: int = 0
    records: dict[bytes, bytes] = field(default_factory=dict)
    long_name: bytes | None = None
    long_link: bytes | None = None


def read_entries(stream: LayerStream, limits: LayerLimits) -> Iterator[Entry]:
    """Every entry in order. Whoever is given one may read its content (`data` to `end`) from the stream before asking for the next.

    Raises LayerInvalid with the reason for what is no archive, corrupt, or beyond a limit.
    """
    common: dict[bytes, bytes] = {}
    number = 0
    while True:
        extensions = _Extensions(stream.position)
        header = _next_header(stream, extensions, common, limits, is_first=number == 0)
        if header is None:
            return
        number += 1
        if number > limits.maximum_entries:
            raise LayerInvalid(f"it has more than {limits.maximum_entries} entries")
        entry = _read_entry(stream, header, extensions, common, limits)
        yield entry
        stream.skip(entry.end - stream.position)


def _next_header(
    stream: LayerStream, extensions: _Extensions, common: dict[bytes, bytes], limits: LayerLimits, *, is_first: bool
) -> bytes | None:
    """The block of the next entry; None at the end of the archive. Extensions before it are read."""
    while True:
        block = stream.take(BLOCK)
        if len(block) < BLOCK or block == _ZEROS:
            if len(block) % BLOCK or extensions.read_bytes:
                raise LayerInvalid("it is no tar archive" if is_first else "the archive ends in the middle of a header")
            return None
        _check(block, is_first=is_first and not extensions.read_bytes)
        kind = block[156:157]
        if kind not in _EXTENSIONS:
            return block
        _read_extension(stream, kind, _number(block[124:136]), extensions, common, limits)


def _check(block: bytes, *, is_first: bool) -> None:
    said = block[148:156].partition(b"\0")[0].strip()
    stored = int(said, 8) if _OCTAL.fullmatch(said) else -1
    if sum(block) - sum(block[148:156]) + _CHECKSUM_AS_SPACES == stored:
        return
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:]) + _CHECKSUM_AS_SPACES
    if signed != stored:
        raise LayerInvalid("it is no tar archive" if is_first else "the checksum of a header is wrong")


def _read_extension(
    stream: LayerStream, kind: bytes, size: int, extensions: _Extensions, common: dict[bytes, bytes], limits: LayerLimits
) -> None:
    extensions.read_bytes += BLOCK + size
    if size < 0 or extensions.read_bytes > limits.maximum_header_bytes:
        raise LayerInvalid(f"the headers of an entry are larger than {limits.maximum_header_bytes} bytes")
    content = stream.take(size)
    if len(content) < size:
        raise LayerInvalid("the archive ends in the middle of a header")
    stream.skip(-size % BLOCK)
    if kind in (_PAX, _PAX_OLD):
        extensions.records.update(_parse_records(content))
    elif kind == _PAX_GLOBAL:
        common.update((name, value) for name, value in _parse_records(content).items() if name not in _IDLE_GLOBALS)
        if sum(len(name) + len(value) for name, value in common.items()) > limits.maximum_header_bytes:
            raise LayerInvalid(f"its global headers are larger than {limits.maximum_header_bytes} bytes")
        # They belong to every entry behind them, so the next entry begins after them.
        if not extensions.records and extensions.long_name is None and extensions.long_link is None:
            extensions.start, extensions.read_bytes = stream.position, 0
    elif kind == _LONG_NAME:
        extensions.long_name = content.partition(b"\0")[0]
    elif kind == _LONG_LINK:
        extensions.long_link = content.partition(b"\0")[0]


def _parse_records(content: bytes) -> dict[bytes, bytes]:
    """PAX records `<length> <name>=<value>\\n`; sparse maps of the first form repeat names and are joined in order."""
    records: dict[bytes, bytes] = {}
    sparse: list[bytes] = []
    position = 0
    while position < len(content) and content[position] != 0:
        space = content.find(b" ", position, position + 20)
        digits = content[position:space] if space > 0 else b""
        end = position + int(digits) if digits.isdigit() else position
        name, separator, value = content[space + 1 : end - 1].partition(b"=")
        if end <= space or end > len(content) or content[end - 1 : end] != b"\n" or not separator or not name:
            raise LayerInvalid("a PAX header is malformed")
        if name in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            sparse.append(value)
        else:
            records[name] = value
        position = end
    if sparse:
        # The second form says the same with one record.
        records[b"GNU.sparse.map"] = b",".join(sparse)
    return records


def _read_entry(stream: LayerStream, header: bytes, extensions: _Extensions, common: dict[bytes, bytes], limits: LayerLimits) -> Entry:
    raw_name, mode, user, group, size, modified, _, kind_byte, raw_link, magic, major, minor, prefix = _HEADER.unpack(header)
    head = stream.position - BLOCK
    records = {**common, **extensions.records} if common else extensions.records
    name = _text(raw_name)
    if magic == _USTAR and prefix[:1] != b"\0":
        name = _text(prefix) + b"/" + name
    name = records.get(SPARSE_NAME) or extensions.long_name or records.get(b"path") or name
    link = extensions.long_link or records.get(b"linkpath") or _text(raw_link)
    kind = _KINDS.get(kind_byte)
    if kind is None:
        raise LayerInvalid(f"an entry is of the unknown type {kind_byte!r}")
    if kind is EntryKind.FILE and name[-1:] == b"/" and kind_byte in (b"\0", b"0"):
        kind = EntryKind.FOLDER
    stored, real, is_sparse = _sizes(stream, header, kind, _number(size), records, limits)
    if kind is EntryKind.HARD_LINK:
        link = normalize_path(link, limits)
    elif kind is not EntryKind.SYMBOLIC_LINK:
        link = b""
    return Entry(
        path=normalize_path(name, limits),
        kind=kind,
        mode=_number(mode) & 0o7777,
        user=_decimal(records, b"uid", user),
        group=_decimal(records, b"gid", group),
        modified=_decimal(records, b"mtime", modified),
        size=real,
        start=extensions.start,
        head=head,
        data=stream.position,
        end=stream.position + stored + -stored % BLOCK,
        link=link,
        device=(_number(major), _number(minor)) if kind in _DEVICES else None,
        records=records or None,
        is_sparse=is_sparse,
        needs_head=bool(common),
    )


def _sizes(
    stream: LayerStream, header: bytes, kind: EntryKind, size: int, records: dict[bytes, bytes], limits: LayerLimits
) -> tuple[int, int, bool]:
    """(bytes in the archive, size of the file, whether it has holes); further blocks of an old sparse header are passed over."""
    if kind is not EntryKind.FILE:
        return 0, 0, False
    if records and b"size" in records:
        size = _record_number(records[b"size"])
    if not 0 <= size <= _LARGEST_SIZE:
        raise LayerInvalid("the size of an entry is wrong")
    if header[156:157] == _OLD_SPARSE:
        if header[_SPARSE_EXTENDED_AT]:
            _skip_sparse_map(stream, limits)
        return size, _number(header[_SPARSE_SIZE]), True
    if records:
        real = records.get(b"GNU.sparse.realsize") or records.get(b"GNU.sparse.size")
        if real is not None:
            return size, _record_number(real), True
    return size, size, False


def _skip_sparse_map(stream: LayerStream, limits: LayerLimits) -> None:
    for _ in range(limits.maximum_header_bytes // BLOCK):
        block = stream.take(BLOCK)
        if len(block) < BLOCK:
            raise LayerInvalid("the archive ends in the middle of a header")
        if not block[_MORE_SPARSE_AT]:
            return
    raise LayerInvalid(f"the headers of an entry are larger than {limits.maximum_header_bytes} bytes")


def _text(field_: bytes) -> bytes:
    return field_.partition(b"\0")[0]


def _number(field_: bytes) -> int:
    """Octal digits, or the binary form of GNU. Raises LayerInvalid."""
    if field_[0] & 0x80:
        value = int.from_bytes(field_, "big") & ((1 << (8 * len(field_) - 1)) - 1)
        return value - (1 << (8 * len(field_) - 1)) if field_[0] & 0x40 else value
    try:
        return int(field_.partition(b"\0")[0] or b"0", 8)
    except ValueError:
        if not field_.strip(b" \0"):
            return 0
        raise LayerInvalid("a header holds what is no number") from None


def _record_number(value: bytes) -> int:
    """The whole part of a record's number. Raises LayerInvalid."""
    try:
        return int(value.partition(b".")[0][:20] or b"0")
    except ValueError:
        raise LayerInvalid("a PAX header holds what is no number") from None


def _decimal(records: dict[bytes, bytes], name: bytes, field_: bytes) -> int:
    """The record, which wins, or the field of the header."""
    if records and name in records:
        return _record_number(records[name])
    return _number(field_)
