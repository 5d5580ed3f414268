"""Frames of the engine's socket protocol survive everything an editor's text may hold."""

from __future__ import annotations

import asyncio

import pytest

from pylot.engine.jobs import GenerateParameters, PromptPiece, TemplatePiece, TextPiece, TokenPiece
from pylot.engine.messages import (
    encode_frame,
    parameters_from_json,
    parameters_to_json,
    pieces_from_json,
    pieces_to_json,
    read_frame,
)
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.kernel.errors import EngineProtocolError


async def read(data: bytes) -> object:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await read_frame(reader)


@pytest.mark.parametrize("text", ["", "plain", "é😀\u2028\0", "lone \ud800 surrogate"])
async def test_round_trip(text: str) -> None:
    assert await read(encode_frame({"text": text})) == {"text": text}


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\x09{}"])
async def test_a_cut_stream_is_its_end(data: bytes) -> None:
    assert await read(data) is None


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\x01{", b"\0\0\0\x02[]", b"\0\0\0\x02\xff\xfe"])
async def test_a_broken_frame_is_refused(data: bytes) -> None:
    with pytest.raises(EngineProtocolError):
        await read(data)


def test_prompts_and_parameters_round_trip() -> None:
    pieces: list[PromptPiece] = [TokenPiece(3), TextPiece("a", 5, "head"), TemplatePiece("b")]
    parameters = GenerateParameters(
        prompt=pieces, max_tokens=5, stops=["\n"], sampling=SamplingParameters(top_k=3), deadline_ms=9.0
    )

    assert pieces_from_json(pieces_to_json(pieces)) == pieces
    assert parameters_from_json(parameters_to_json(parameters), pieces) == parameters


@pytest.mark.parametrize("values", [{}, {"max_tokens": "x"}, {"max_tokens": 1, "sampling": {"nonsense": 1}}])
def test_wrong_parameters_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(EngineProtocolError):
        parameters_from_json(values, [])
