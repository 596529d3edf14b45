"""Blocks of a tar archive that squashing writes itself."""

from collections.abc import Mapping

BLOCK = 512
END = bytes(2 * BLOCK)
_CHECKSUM_AT = slice(148, 156)
_LARGEST_OCTAL = 8**11
_NAME_BYTES = 100


def pad(content: bytes) -> bytes:
    """The content, filled up to whole blocks."""
    return content + bytes(-len(content) % BLOCK)


def pack_header(path: bytes, *, kind: bytes, mode: int, size: int, moment: int) -> bytes:
    """The header of an entry that belongs to root; a PAX header before it where name or size do not fit. `moment` in Unix seconds."""
    records: dict[bytes, bytes] = {}
    if len(path) > _NAME_BYTES:
        records[b"path"] = path
    if size >= _LARGEST_OCTAL:
        records[b"size"] = b"%d" % size
    extended = pack_records(records) if records else b""
    return extended + _pack(path[:_NAME_BYTES], kind, mode, size if size < _LARGEST_OCTAL else 0, max(0, min(moment, _LARGEST_OCTAL - 1)))


def pack_records(records: Mapping[bytes, bytes]) -> bytes:
    """A PAX header; its records apply to the entry behind it."""
    content = b"".join(_pack_record(name, records[name]) for name in sorted(records))
    return _pack(b"././@PaxHeader", b"x", 0o644, len(content), 0) + pad(content)


def pack_file(path: bytes, content: bytes, *, moment: int) -> bytes:
    """A whole small file."""
    return pack_header(path, kind=b"0", mode=0o644, size=len(content), moment=moment) + pad(content)


def _pack_record(name: bytes, value: bytes) -> bytes:
    """`<length> <name>=<value>\\n`, whose length counts itself."""
    rest = len(name) + len(value) + 3
    length = rest + len(str(rest))
    if length != rest + len(str(length)):
        length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, name, value)


def _pack(name: bytes, kind: bytes, mode: int, size: int, moment: int) -> bytes:
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[100:108] = b"%07o\0" % mode
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"%011o\0" % moment
    block[_CHECKSUM_AT] = b" " * 8
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[_CHECKSUM_AT] = b"%06o\0 " % sum(block)
    return bytes(block)
