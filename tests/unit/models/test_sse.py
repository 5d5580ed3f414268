"""Server-sent events are read as the standard says, within limits (H16)."""

from __future__ import annotations

import pytest

from pylot.models.http.sse import EventTooLargeError, ServerSentEvent, SseParser


def parse(*chunks: bytes) -> list[ServerSentEvent]:
    parser = SseParser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", ["a"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data\n\n", [""]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]),
        (b": a comment\ndata: a\n:\n\n", ["a"]),
        (b"id: 7\nretry: 10\nunknown: x\ndata: a\n\n", ["a"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
        (b"data: a\n\ndata: cut", ["a"]),
        (b" data: a\n\n", []),
        (b"", []),
    ],
)
def test_streams(stream: bytes, expected: list[str]) -> None:
    assert [event.data for event in parse(stream)] == expected


def test_kind() -> None:
    events = parse(b"event: ping\ndata: a\n\ndata: b\n\n")

    assert [event.kind for event in events] == ["ping", "message"]


def test_bad_utf8_is_replaced_and_told_of() -> None:
    (bad, good) = parse(b"data: x\xffy\n\ndata: \xc3\xa4\n\n")

    assert (bad.data, bad.is_damaged) == ("x\ufffdy", True)
    assert (good.data, good.is_damaged) == ("ä", False)


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 100, b"x" * 65 + b"\n", b"data: 0123456789\n" * 20])
def test_limits(stream: bytes) -> None:
    parser = SseParser(max_line=64, max_event=128)

    with pytest.raises(EventTooLargeError):
        for byte in stream:
            parser.feed(bytes([byte]))
