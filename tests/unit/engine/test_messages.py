"""Prompts and parameters survive the engine's socket, and wrong ones are refused."""

from __future__ import annotations

import pytest

from pylot.engine.jobs import GenerateParameters, PromptPiece, TemplatePiece, TextPiece, TokenPiece
from pylot.engine.messages import (
    parameters_from_json,
    parameters_to_json,
    pieces_from_json,
    pieces_to_json,
)
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.kernel.errors import EngineProtocolError


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
