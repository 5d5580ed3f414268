"""The socket protocol between language servers and the engine: what the frames of `ipc/frames.py` hold.

Client to engine: `hello`, `generate`, `chat`, `embed`, `tokenize`, `sources`, `cancel`, `hurry`, `status`, `leave`,
and for states on disk `save`, `note`, `restore`, `forget`, each with an `id`.
Engine to client: `welcome` once, then events that carry the `id` they belong to; the last one of an id has `done`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylot.engine.jobs import CopyParameters, GenerateParameters, PromptPiece, TemplatePiece, TextPiece, TokenPiece
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.ipc.frames import Message
from pylot.ipc.kind import Kind
from pylot.kernel.errors import EngineCrashedError, EngineError, EngineProtocolError, EngineUnavailableError

PROTOCOL_VERSION = 3
ENGINE = Kind("engine", PROTOCOL_VERSION, EngineError, EngineUnavailableError, EngineCrashedError, EngineProtocolError)


def pieces_to_json(pieces: Sequence[PromptPiece]) -> list[Message]:
    """Write a prompt."""
    out: list[Message] = []
    for piece in pieces:
        match piece:
            case TokenPiece(token):
                out.append({"token": token})
            case TemplatePiece(text):
                out.append({"template": text})
            case TextPiece(text, max_tokens, keep):
                out.append({"text": text, "max_tokens": max_tokens, "keep": keep})
    return out


def pieces_from_json(values: Sequence[Mapping[str, Any]]) -> list[PromptPiece]:
    """Read a prompt."""
    pieces: list[PromptPiece] = []
    for value in values:
        if "token" in value:
            pieces.append(TokenPiece(int(value["token"])))
        elif "template" in value:
            pieces.append(TemplatePiece(str(value["template"])))
        else:
            pieces.append(TextPiece(str(value["text"]), value.get("max_tokens"), value.get("keep", "tail")))
    return pieces


def parameters_to_json(parameters: GenerateParameters) -> Message:
    """Write everything of a generation but its prompt."""
    sampling, copying = parameters.sampling, parameters.copying
    return {
        "max_tokens": parameters.max_tokens,
        "stops": list(parameters.stops),
        "deadline_ms": parameters.deadline_ms,
        "floor_logprob": parameters.floor_logprob,
        "schema": parameters.schema,
        "copying": copying and {"weights": copying.weights, "sources": copying.sources},
        "sampling": {name: getattr(sampling, name) for name in SamplingParameters.__dataclass_fields__},
    }


def parameters_from_json(values: Mapping[str, Any], prompt: Sequence[PromptPiece]) -> GenerateParameters:
    """Read what `parameters_to_json` wrote; unknown sampling names are refused.

    Raises:
        EngineProtocolError: a value is missing or of the wrong kind.
    """
    try:
        return GenerateParameters(
            prompt=prompt,
            max_tokens=int(values["max_tokens"]),
            stops=[str(stop) for stop in values.get("stops", ())],
            sampling=SamplingParameters(**values.get("sampling", {})),
            deadline_ms=values.get("deadline_ms"),
            floor_logprob=values.get("floor_logprob"),
            schema=str(values.get("schema") or ""),
            copying=_copying_from_json(values["copying"]) if values.get("copying") else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineProtocolError("The engine was asked with wrong parameters.", detail=repr(error)) from error


def _copying_from_json(values: Mapping[str, Any]) -> CopyParameters:
    weights = sorted((int(agreement), min(max(float(share), 0.0), 0.99)) for agreement, share in values["weights"])
    return CopyParameters(tuple(weights), tuple(str(digest) for digest in values.get("sources", ())))
