"""Frames between processes survive everything an editor's text may hold."""

from __future__ import annotations

import asyncio

import pytest

from pylot.engine.messages import ENGINE
from pylot.ipc.frames import encode_frame, read_frame
from pylot.kernel.errors import EngineProtocolError


async def read(data: bytes) -> object:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await read_frame(ENGINE, reader)


@pytest.mark.parametrize("text", ["", "plain", "é😀\u2028\0", "lone \ud800 surrogate"])
async def test_round_trip(text: str) -> None:
    assert await read(encode_frame(ENGINE, {"text": text})) == {"text": text}


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\x09{}"])
async def test_a_cut_stream_is_its_end(data: bytes) -> None:
    assert await read(data) is None


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\x01{", b"\0\0\0\x02[]", b"\0\0\0\x02\xff\xfe"])
async def test_a_broken_frame_is_refused(data: bytes) -> None:
    with pytest.raises(EngineProtocolError):
        await read(data)
