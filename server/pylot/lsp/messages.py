"""JSON-RPC messages (LSP 3.18, "Base Types"), told apart and checked before anyone acts on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from pylot.lsp.errors import ErrorCode, RequestError

MessageId = int | float | str


@dataclass(frozen=True, slots=True)
class Request:
    """A call that must get exactly one answer."""

    id: MessageId
    method: str
    params: object


@dataclass(frozen=True, slots=True)
class Notification:
    """A call without an answer."""

    method: str
    params: object


@dataclass(frozen=True, slots=True)
class Response:
    """The client's answer to a request of ours, as it came."""

    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that is no message; `id` is None where none could be read."""

    id: MessageId | None
    error: RequestError


Message = Request | Notification | Response | Malformed


def decode(body: bytes) -> Message:
    """Return what a body says; never raises."""
    try:
        raw = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Malformed(None, RequestError(ErrorCode.PARSE_ERROR, "The message is not valid JSON in UTF-8."))
    if isinstance(raw, list):
        return _invalid(None, "Batches of messages are not part of LSP.")
    if not isinstance(raw, dict):
        return _invalid(None, "A message must be a JSON object.")
    return _classify(raw)


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return a message as JSON; plain ASCII, so that a lone surrogate in a document cannot break it."""
    return json.dumps(payload, separators=(",", ":"), allow_nan=False).encode("ascii")


def _classify(raw: dict[str, Any]) -> Message:
    method, message_id = raw.get("method"), _valid_id(raw.get("id"))
    if "method" not in raw and ("result" in raw or "error" in raw):
        return Response(raw)
    if raw.get("jsonrpc") != "2.0":
        return _invalid(message_id, 'A message must say "jsonrpc": "2.0".')
    if not isinstance(method, str):
        return _invalid(message_id, "A message must name its method.")
    if "id" not in raw:
        return Notification(method, raw.get("params"))
    if message_id is None:
        return _invalid(None, "The id of a request must be a number or a string.")
    return Request(message_id, method, raw.get("params"))


def _valid_id(value: object) -> MessageId | None:
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _invalid(message_id: MessageId | None, sentence: str) -> Malformed:
    return Malformed(message_id, RequestError(ErrorCode.INVALID_REQUEST, sentence))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
