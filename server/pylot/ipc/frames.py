"""Frames of length-prefixed JSON: a big-endian 32-bit length and that many bytes of UTF-8 JSON, one object each."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Mapping
from typing import Any

from pylot.ipc.kind import Kind

MAX_FRAME_BYTES = 32 << 20
_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


def encode_frame(kind: Kind, message: Mapping[str, Any]) -> bytes:
    """Return the bytes of one frame.

    Raises:
        kind.failed: it would be longer than the peer accepts.
    """
    # ASCII escapes carry lone surrogates, which editors may send and UTF-8 cannot.
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise kind.failed(f"A message to or from the {kind.name} is longer than {MAX_FRAME_BYTES >> 20} MiB.")
    return _LENGTH.pack(len(body)) + body


async def read_frame(kind: Kind, reader: asyncio.StreamReader, limit: int = MAX_FRAME_BYTES) -> Message | None:
    """Read one frame of at most `limit` bytes; None at the end of the stream.

    Raises:
        kind.protocol: the frame is too long or no JSON object.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > limit:
            raise kind.protocol(f"The {kind.name}'s peer sent a message that is too long.")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise kind.protocol(f"The {kind.name}'s peer sent a message that is no JSON.") from error
    if not isinstance(message, dict):
        raise kind.protocol(f"The {kind.name}'s peer sent a message that is no object.")
    return message
