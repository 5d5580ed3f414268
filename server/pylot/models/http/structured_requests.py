"""How a request for a schema or for calls is spelled in OpenAI's protocol."""

from __future__ import annotations

from typing import Any

from pylot.engine.plain_schema import plain_schema
from pylot.models.values import CompletionParameters


def structure(parameters: CompletionParameters) -> dict[str, Any]:
    """Return the fields that ask for an answer of a schema, or for calls of tools, one at a time (T10)."""
    fields: dict[str, Any] = {}
    if parameters.schema is not None:
        named = {"name": "answer", "schema": plain_schema(parameters.schema)}
        fields["response_format"] = {"type": "json_schema", "json_schema": named}
    if parameters.tools:
        fields["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)},
            }
            for tool in parameters.tools
        ]
        fields["tool_choice"] = "required" if parameters.must_call else "auto"
        fields["parallel_tool_calls"] = False
    return fields
