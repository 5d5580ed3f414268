"""The socket protocol between language servers and the engine: frames of length-prefixed JSON.

A frame is a big-endian 32-bit length and that many bytes of UTF-8 JSON, one object each.
Client to engine: `hello`, `generate`, `chat`, `embed`, `tokenize`, `sources`, `cancel`, `hurry`, `status`, `leave`,
and for states on disk `save`, `note`, `restore`, `forget`, each with an `id`.
Engine to client: `welcome` once, then events that carry the `id` they belong to; the last one of an id has `done`.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.engine.jobs import CopyParameters, GenerateParameters, PromptPiece, TemplatePiece, TextPiece, TokenPiece
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.kernel.errors import EngineError, EngineProtocolError

PROTOCOL_VERSION = 3
MAX_FRAME_BYTES = 32 << 20
_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


def encode_frame(message: Mapping[str, Any]) -> bytes:
    """Return the bytes of one frame.

    Raises:
        EngineError: it would be longer than the peer accepts.
    """
    # ASCII escapes carry lone surrogates, which editors may send and UTF-8 cannot.
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise EngineError(f"A message to or from the engine is longer than {MAX_FRAME_BYTES >> 20} MiB.")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader, limit: int = MAX_FRAME_BYTES) -> Message | None:
    """Read one frame of at most `limit` bytes; None at the end of the stream.

    Raises:
        EngineProtocolError: the frame is too long or no JSON object.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > limit:
            raise EngineProtocolError("The engine's peer sent a message that is too long.")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineProtocolError("The engine's peer sent a message that is no JSON.") from error
    if not isinstance(message, dict):
        raise EngineProtocolError("The engine's peer sent a message that is no object.")
    return message


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
