"""Server-sent events are the same however their bytes are split (H16)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pylot.models.http.sse import ServerSentEvent, SseParser


def parse(*chunks: bytes) -> list[ServerSentEvent]:
    parser = SseParser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


@given(
    st.lists(
        st.sampled_from([b"data: a", b"data:\xc3\xa4\xf0\x9f\x98\x80", b": c", b"event: e", b"\xff", b"data", b""])
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.data(),
)
def test_split_anywhere(lines: list[bytes], end: bytes, data: st.DataObject) -> None:
    stream = b"".join(line + end for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    chunks = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert parse(*chunks) == parse(stream)
