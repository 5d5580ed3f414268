from __future__ import annotations

import random

import pytest

from pylot.lsp.frames import MAX_HEADER, Body, FrameReader, NotLspError, Skipped, frame
from tests.support.hostile_frames import hostile_frame

HELLO = b'{"hello": 1}'


def bodies(reader: FrameReader, data: bytes) -> list[bytes]:
    return [it.data for it in reader.feed(data) if isinstance(it, Body)]


@pytest.mark.parametrize(
    "data",
    [
        frame(HELLO),
        b"content-length: 12\r\n\r\n" + HELLO,
        b"CONTENT-LENGTH:12\r\nContent-Type: x\r\n\r\n" + HELLO,
        b"Content-Type: x\r\nContent-Length :12 \r\n\r\n" + HELLO,
        b"Content-Length: 12\n\n" + HELLO,
        b"strayContent-Length: 12\r\n\r\n" + HELLO,
        b"\xef\xbb\xbfContent-Length: 12\r\n\r\n" + HELLO,
        b"stray\n\n" + frame(HELLO),
        b"Content-Length: -4\r\n\r\n" + frame(HELLO),
        b"Content-Length: x\r\n\r\nnoise" + frame(HELLO),
        b"Content-Length: 99\r\n\r\n{}" + frame(HELLO),
        b"Content-Length: 99999999999\r\n\r\n{}" + frame(HELLO),
        b"x" * (MAX_HEADER + 100) + frame(HELLO),
    ],
)
def test_the_next_good_frame_is_found(data: bytes) -> None:
    """T3: also when every byte arrives alone."""
    assert bodies(FrameReader(), data)[-1] == HELLO

    reader = FrameReader()
    assert [it for byte in data for it in bodies(reader, bytes([byte]))][-1] == HELLO


@pytest.mark.parametrize("n_too_many", range(1, 23))
def test_a_length_that_reaches_into_the_next_header_costs_no_message(n_too_many: int) -> None:
    first = b"Content-Length: %d\r\n\r\n%b" % (len(HELLO) + n_too_many, HELLO)

    found = bodies(FrameReader(), first + frame(b'{"a": 1}'))

    assert found[-1] == b'{"a": 1}'


def test_mutated_streams_never_hide_the_message_that_follows() -> None:
    """T3: 500 streams, cut at random."""
    rng = random.Random(3)
    for _ in range(500):
        name, noise = hostile_frame(rng)
        stream = frame(HELLO) + noise + frame(b'{"last": 1}')
        cuts = sorted(rng.randrange(len(stream)) for _ in range(3))
        reader = FrameReader()
        pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

        found = [it for piece in pieces for it in bodies(reader, piece)]

        assert found[0] == HELLO, name
        assert found[-1] == b'{"last": 1}', (name, noise[:100], cuts)


def test_a_body_that_is_too_large_is_let_through_without_being_kept() -> None:
    """T3: a 1 GB claim must not cost memory."""
    reader = FrameReader()
    chunk = b" " * 1_000_000
    n_chunks = 70
    skipped = list(reader.feed(b"Content-Length: %d\r\n\r\n" % (n_chunks * len(chunk))))
    for _ in range(n_chunks - 1):
        assert list(reader.feed(chunk)) == []
        assert len(reader._buffer) <= MAX_HEADER
    skipped += list(reader.feed(chunk))

    assert all(isinstance(it, Skipped) for it in skipped)
    assert bodies(reader, frame(HELLO)) == [HELLO]


def test_input_that_is_not_lsp_is_given_up() -> None:
    reader = FrameReader()
    with pytest.raises(NotLspError):
        for _ in range(100):
            list(reader.feed(b"GET / HTTP/1.1\r\n\r\n" * 1_000))
