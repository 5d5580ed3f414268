"""Calls in the model's own form as servers stream them: in pieces or whole, with and without ids, as text or values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pylot.models.values import CallPiece


def read_calls(said: Mapping[str, Any]) -> tuple[CallPiece, ...]:
    """Return the pieces of calls in one message or delta; what is no call is passed over."""
    entries = said.get("tool_calls")
    if not isinstance(entries, list):
        legacy = said.get("function_call")
        entries = [{"function": legacy}] if isinstance(legacy, Mapping) else []
    pieces = (_piece(position, entry) for position, entry in enumerate(entries) if isinstance(entry, Mapping))
    return tuple(piece for piece in pieces if piece.id or piece.name or piece.arguments)


def _piece(position: int, entry: Mapping[str, Any]) -> CallPiece:
    function = entry.get("function")
    function = function if isinstance(function, Mapping) else entry
    index = entry.get("index")
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return CallPiece(
        index=index if isinstance(index, int) and 0 <= index < 1_000 else position,
        id=_text(entry.get("id")),
        name=_text(function.get("name")),
        arguments=arguments or "",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
