"""Text leaves the stream in whole characters and never past a stop string."""

from __future__ import annotations

import pytest

from pylot.engine.text_stream import TextStream


@pytest.mark.parametrize(
    ("stops", "pieces", "expected", "stopped_by"),
    [
        ([], [b"a", b"b"], "ab", ""),
        (["\n"], [b"x = 1", b"\ny"], "x = 1", "\n"),
        (["\n\n"], [b"a\n", b"b\n", b"\nc"], "a\nb", "\n\n"),
        (["<|end|>"], [b"a<|e", b"nd", b"|>b"], "a", "<|end|>"),
        (["<|end|>"], [b"a<|e", b"lse"], "a<|else", ""),
        ([], ["é".encode()[:1], "é".encode()[1:]], "é", ""),
        ([], ["🙂".encode()[:3]], "", ""),
        (["bc", "b"], [b"abc"], "a", "b"),
    ],
)
def test_stream(stops: list[str], pieces: list[bytes], expected: str, stopped_by: str) -> None:
    stream = TextStream(stops)
    text = "".join(stream.feed(piece) for piece in pieces) + stream.flush()

    assert (text, stream.stopped_by) == (expected, stopped_by)


def test_what_may_become_a_stop_is_held_back() -> None:
    stream = TextStream(["\n\n"])

    assert stream.feed(b"a\n") == "a"
    assert stream.feed(b"b") == "\nb"
