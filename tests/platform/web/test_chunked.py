"""Framing of bodies (RFC 9112, section 7.1): whatever way it is cut, the body comes back; what is no body is refused."""

from collections.abc import Sequence
from contextlib import suppress

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.platform.web.chunked import BodyDecoder, BrokenFraming, ChunkDecoder, LengthDecoder

_sizes = st.lists(st.integers(1, 40), max_size=30)
_token = st.sampled_from([b"a", b"name", b"X-Trailer", b"5", b"0"])
_text = st.sampled_from([b"", b"0", b"value", b"two words", b'"quoted; text"', b"\tx ", b"\x80\xff", b"=;:"])
_extensions = st.lists(st.builds(lambda name, value: b";" + name + b"=" + value, _token, _text), max_size=2).map(b"".join)
_trailers = st.lists(st.builds(lambda name, value: name + b": " + value + b"\r\n", _token, _text), max_size=3).map(b"".join)


@st.composite
def framed(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A body, and the same in chunks of any size, with extensions and trailers."""
    chunks = draw(st.lists(st.binary(min_size=1, max_size=60) | st.just(b"\r\n0\r\n\r\n") | st.just(b"\r\n5\r\n"), max_size=12))
    wire = b""
    for chunk in chunks:
        digits = draw(st.sampled_from([b"%x", b"%X", b"0%x", b"0000%x"])) % len(chunk)
        wire += digits + draw(st.just(b"") | _extensions) + b"\r\n" + chunk + b"\r\n"
    wire += draw(st.sampled_from([b"0", b"000"])) + draw(_extensions) + b"\r\n" + draw(_trailers) + b"\r\n"
    return b"".join(chunks), wire


def cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The data in pieces of these sizes; what is left after the last is one more."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in (*pieces, data) if piece]


def decode(decoder: BodyDecoder, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The body, and everything that follows it."""
    body, rest = b"", b""
    for piece in pieces:
        if decoder.ended:
            rest += piece
            continue
        body += b"".join(decoder.decode(memoryview(bytearray(piece))))
        if decoder.ended:
            rest = decoder.rest
    return body, rest


@given(framed(), st.binary(max_size=60), _sizes)
def test_any_chunks_in_any_packets_give_the_body_and_what_follows(case: tuple[bytes, bytes], following: bytes, sizes: list[int]) -> None:
    body, wire = case
    decoder = ChunkDecoder()
    assert decode(decoder, cut(wire + following, sizes)) == (body, following)
    assert decoder.ended


@given(framed(), st.data())
def test_a_body_in_chunks_is_not_whole_before_its_last_byte(case: tuple[bytes, bytes], data: st.DataObject) -> None:
    body, wire = case
    at = data.draw(st.integers(0, len(wire) - 1))
    decoder = ChunkDecoder()
    found, _ = decode(decoder, [wire[:at]] if at else [])
    assert not decoder.ended
    assert body.startswith(found)


def test_a_body_in_chunks_byte_by_byte() -> None:
    wire = b"5;name=value\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: one\r\n\r\nnext"
    assert decode(ChunkDecoder(), cut(wire, [1] * len(wire))) == (b"hello0123456789", b"next")


@given(st.binary(max_size=200), st.binary(max_size=60), _sizes)
def test_any_announced_length_in_any_packets_gives_the_body_and_what_follows(body: bytes, following: bytes, sizes: list[int]) -> None:
    decoder = LengthDecoder(len(body))
    if body:
        assert decode(decoder, cut(body + following, sizes)) == (body, following)
    assert decoder.ended


def test_a_body_of_no_bytes_has_ended_at_once() -> None:
    assert LengthDecoder(0).ended
    assert not LengthDecoder(1).ended
    assert decode(ChunkDecoder(), [b"0\r\n\r\nnext"]) == (b"", b"next")


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"g\r\n", id="no number"),
        pytest.param(b"\r\n", id="no size"),
        pytest.param(b";name=value\r\n", id="an extension alone"),
        pytest.param(b"-5\r\nhello\r\n", id="negative"),
        pytest.param(b"+5\r\nhello\r\n", id="signed"),
        pytest.param(b" 5\r\nhello\r\n", id="space before"),
        pytest.param(b"\t5\r\nhello\r\n", id="tab before"),
        pytest.param(b"5 5\r\nhello\r\n", id="space inside"),
        pytest.param(b"5\x0b\r\nhello\r\n", id="vertical tab"),
        pytest.param(b"5\x00\r\nhello\r\n", id="nul"),
        pytest.param(b"0x5\r\nhello\r\n", id="0x"),
        pytest.param(b"1_0\r\n" + bytes(16) + b"\r\n", id="underscore"),
        pytest.param(b"\xd9\xa5\r\nhello\r\n", id="another alphabet's digit"),
        pytest.param(b"f" * 16 + b"\r\n", id="sixteen digits"),
        pytest.param(b"f" * 500 + b"\r\n", id="huge"),
        pytest.param(b"5\nhello\r\n", id="LF after the size"),
        pytest.param(b"5;name=value\nhello\r\n", id="LF after an extension"),
        pytest.param(b"5;name=\rvalue\r\nhello\r\n", id="CR in an extension"),
        pytest.param(b"5\r\r\nhello\r\n", id="two CR"),
        pytest.param(b"5\r\nhello\n0\r\n\r\n", id="LF after a chunk"),
        pytest.param(b"5\r\nhello0\r\n\r\n", id="nothing after a chunk"),
        pytest.param(b"5\r\nhello world\r\n0\r\n\r\n", id="longer than its size"),
        pytest.param(b"5\r\nhello\rX0\r\n\r\n", id="CR without LF"),
        pytest.param(b"5\r\nhello\r\n\r\n0\r\n\r\n", id="an empty line between chunks"),
        pytest.param(b"0\r\n\n", id="LF ends the trailers"),
        pytest.param(b"0\r\nTrailer: one\n\r\n", id="LF ends a trailer"),
        pytest.param(b"0\r\nTrailer: o\rne\r\n\r\n", id="CR in a trailer"),
        pytest.param(b"0\r\nGET / HTTP/1.1\r\nTrailer: one\r\n\r\n", id="a request for a trailer"),
        pytest.param(b"0\r\n: one\r\n\r\n", id="a trailer without a name"),
        pytest.param(b"0\r\n folded: one\r\n\r\n", id="a folded trailer"),
        pytest.param(b"0\r\nTrailer : one\r\n\r\n", id="space before a colon"),
        pytest.param(b"0\r\nTrailer: o\x00ne\r\n\r\n", id="nul in a trailer"),
        pytest.param(b"5;name=\x00\r\nhello\r\n", id="nul in an extension"),
        pytest.param(b"5;" + b"x" * 3000 + b"\r\nhello\r\n", id="a long extension"),
        pytest.param(b"5" * 3000, id="a size without an end"),
        pytest.param(b"0\r\nTrailer: " + b"x" * 3000 + b"\r\n\r\n", id="a long trailer"),
        pytest.param(b"0\r\n" + b"a: b\r\n" * 3000 + b"\r\n", id="many trailers"),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_what_is_no_chunk_is_refused(wire: bytes, step: int) -> None:
    decoder = ChunkDecoder()
    with pytest.raises(BrokenFraming):
        decode(decoder, cut(wire, [step] * (len(wire) // step)))
    assert not decoder.ended


@given(
    st.binary(max_size=80) | st.lists(st.sampled_from([b"0", b"5", b"\r\n", b"\n", b"\r", b";", b"hello", b" ", b"f"])).map(b"".join),
    _sizes,
)
def test_anything_else_is_a_body_or_broken_framing_however_it_is_cut(wire: bytes, sizes: list[int]) -> None:
    def outcome(pieces: Sequence[bytes]) -> object:
        decoder = ChunkDecoder()
        try:
            found = decode(decoder, pieces)
        except BrokenFraming:
            return "broken"
        return found if decoder.ended else "unfinished"

    # The line end at the end shows every broken line, wherever the cuts were.
    assert outcome(cut(wire + b"\n", sizes)) == outcome(cut(wire + b"\n", []))


class _Parsed:
    """What the server's own parser finds: the first body, as soon as it is whole."""

    def __init__(self) -> None:
        self.body = b""
        self.is_whole = False

    def on_body(self, piece: bytes) -> None:
        if not self.is_whole:
            self.body += piece

    def on_message_complete(self) -> None:
        self.is_whole = True


@given(
    framed(),
    st.integers(0, 60),
    st.sampled_from([b"", b"0", b"\r\n", b"\n", b"\r", b";", b" ", b"\x00", b":", b"5\r\n"]),
    st.integers(0, 2),
)
def test_the_ordinary_way_finds_no_other_body(case: tuple[bytes, bytes], at: int, mistake: bytes, lost: int) -> None:
    _, wire = case
    wire = wire[:at] + mistake + wire[at + lost :]
    decoder, ours = ChunkDecoder(), None
    with suppress(BrokenFraming):
        found, _ = decode(decoder, [wire])
        ours = found if decoder.ended else None
    parsed = _Parsed()
    parser = httptools.HttpRequestParser(parsed)
    with suppress(httptools.HttpParserError):
        parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    if parsed.is_whole and ours is not None:
        assert ours == parsed.body
