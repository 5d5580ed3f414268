"""Pylot's own way of calling tools, for models and servers without one: a JSON object in one of two forms (T10).

`{"thought": ..., "calls": [{"tool": ..., "arguments": {...}}]}` or `{"thought": ..., "final": ...}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pylot.engine.plain_schema import plain_schema
from pylot.models.conversation import as_plain_text
from pylot.models.values import ChatMessage, Tool

_MOST_CALLS = 4


def directive_schema(tools: Sequence[Tool], *, must_call: bool) -> dict[str, Any]:
    """Return the schema of a directive, kept tiny because large ones break servers."""
    calls = [
        _object({"tool": {"const": tool.name}, "arguments": plain_schema(tool.parameters)}, "tool", "arguments")
        for tool in tools
    ]
    to_call = {
        "thought": {"type": "string"},
        "calls": {"type": "array", "items": {"anyOf": calls}, "minItems": 1, "maxItems": _MOST_CALLS},
    }
    if must_call:
        # Nobody needs a reason for what the model had no choice about.
        return _object({"calls": to_call["calls"]}, "calls")
    to_end = {"thought": {"type": "string"}, "final": {"type": "string"}}
    return {"anyOf": [_object(to_call, "calls"), _object(to_end, "final")]}


def with_directive(messages: Sequence[ChatMessage], tools: Sequence[Tool], *, must_call: bool) -> list[ChatMessage]:
    """Return a conversation, in plain text, whose first message tells of the tools and how to call them."""
    listed = "\n".join(
        f"- {tool.name}: {tool.description} Arguments, as JSON Schema: {_spelled(tool.parameters)}" for tool in tools
    )
    ends = "" if must_call else '\nTo answer the user instead: {"thought": "<why>", "final": "<your answer>"}'
    said = (
        f"You can call these tools:\n{listed}\n\n"
        "Answer with one JSON object and nothing else.\n"
        f'To call tools: {{"thought": "<why>", "calls": [{{"tool": "<name>", "arguments": {{...}}}}]}}{ends}'
    )
    return with_instruction(as_plain_text(messages), said)


def with_schema(messages: Sequence[ChatMessage], schema: Mapping[str, Any]) -> list[ChatMessage]:
    """Return a conversation whose first message asks for JSON of a schema."""
    return with_instruction(messages, f"Answer with JSON of this JSON Schema and nothing else:\n{_spelled(schema)}")


def with_instruction(messages: Sequence[ChatMessage], said: str) -> list[ChatMessage]:
    """Return a conversation with something more said by the system."""
    if messages and messages[0].role == "system":
        return [replace(messages[0], content=f"{messages[0].content}\n\n{said}"), *messages[1:]]
    return [ChatMessage("system", said), *messages]


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _spelled(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
