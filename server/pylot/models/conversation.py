"""Conversations with calls of tools and their results, in the two shapes that models take them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pylot.models.values import ChatMessage, ToolCall


def to_openai(messages: Sequence[ChatMessage], *, arguments_as_text: bool = True) -> list[dict[str, Any]]:
    """Return messages as OpenAI's protocol has them; chat templates want the arguments of calls as values."""
    names = {call.id: call.name for message in messages for call in message.calls}
    out = []
    for message in messages:
        entry: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.calls:
            entry["tool_calls"] = [_call(call, as_text=arguments_as_text) for call in message.calls]
        if message.role == "tool":
            entry["tool_call_id"] = message.call_id
            if name := names.get(message.call_id):
                entry["name"] = name
        out.append(entry)
    return out


def as_plain_text(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return messages without calls and results of their own kind, for templates that know none.

    A call is spelled as the directive that asks for it (`structured/directive.py`); results speak as the user, and
    what the user says twice in a row becomes one message, because some templates insist on turns.
    """
    names = {call.id: call.name for message in messages for call in message.calls}
    out: list[ChatMessage] = []
    for message in messages:
        if message.calls:
            plain = ChatMessage("assistant", spell_calls(message.content, message.calls), files=message.files)
        elif message.role == "tool":
            name = names.get(message.call_id, "the tool")
            plain = ChatMessage("user", f"Result of {name}:\n{message.content}", files=message.files)
        else:
            plain = replace(message, call_id="")
        if out and plain.role == out[-1].role == "user":
            files = (*out[-1].files, *plain.files)
            out[-1] = ChatMessage("user", f"{out[-1].content}\n\n{plain.content}", files=files)
        else:
            out.append(plain)
    return out


def has_tools(messages: Sequence[ChatMessage]) -> bool:
    """Whether a conversation holds calls or results."""
    return any(message.calls or message.role == "tool" for message in messages)


def spell_calls(thought: str, calls: Sequence[ToolCall]) -> str:
    """Return the directive that says the same as some calls."""
    directive: dict[str, Any] = {"thought": thought} if thought else {}
    directive["calls"] = [{"tool": call.name, "arguments": _arguments(call)} for call in calls]
    return json.dumps(directive, ensure_ascii=False)


def _call(call: ToolCall, *, as_text: bool) -> dict[str, Any]:
    arguments = call.arguments if as_text else _arguments(call)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _arguments(call: ToolCall) -> Mapping[str, Any] | str:
    try:
        value = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments
    return value if isinstance(value, dict) else call.arguments
