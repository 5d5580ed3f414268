"""What asking for structure gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pylot.models.values import ChatMessage, ToolCall, Usage


class Form(Enum):
    """How a model is asked to call tools, best first (T10); NONE when it managed in none of them."""

    NATIVE = "native"
    SCHEMA = "schema"
    TEXT = "text"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a known tool whose arguments are of its schema."""

    id: str
    name: str
    arguments: Mapping[str, object]

    def result(self, content: str) -> ChatMessage:
        """Return the message that tells the model what came of the call."""
        return ChatMessage("tool", content, call_id=self.id)


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A value of the schema that was asked for.

    `text` is what the model wrote, `repairs` what had to be done to it, in order.
    """

    value: object
    text: str
    reasoning: str
    repairs: tuple[str, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """Calls to carry out, or with none of them the model's answer in `text`.

    `thought` is the model's reason in a directive, `reasoning` what it thought aloud, `repairs` what had to be done to
    its answer, in order.
    """

    text: str
    calls: tuple[Call, ...]
    thought: str
    reasoning: str
    repairs: tuple[str, ...]
    usage: Usage

    def message(self) -> ChatMessage:
        """Return the message that keeps this answer in the conversation."""
        calls = tuple(
            ToolCall(call.id, call.name, json.dumps(call.arguments, ensure_ascii=False)) for call in self.calls
        )
        return ChatMessage("assistant", self.text or self.thought, calls)
