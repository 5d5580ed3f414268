"""What a tool that is not built in has given back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_TEXT = 48_000


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`text` is what the model reads, `error` one sentence when it is not `ok` (C7, C9)."""

    ok: bool
    text: str = ""
    error: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    truncated: bool = False


def failed(error: str) -> ToolResult:
    """Return a failure, in one sentence."""
    return ToolResult(False, error=error)


def text_result(text: str, *, ok: bool = True, error: str = "") -> ToolResult:
    """Return a text, cut where it is too long."""
    return ToolResult(ok, text[:LONGEST_TEXT], error, truncated=len(text) > LONGEST_TEXT)


def json_result(value: object) -> ToolResult:
    """Return a JSON value: `{ok, result, error}` where it has that form, else all of it (C9)."""
    if isinstance(value, dict) and isinstance(value.get("ok"), bool):
        text = _text(value.get("result", value.get("text", "")))
        error = str(value.get("error") or ("" if value["ok"] else "The tool has failed."))
        return text_result(text, ok=value["ok"], error=error if not value["ok"] else "")
    return text_result(_text(value))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
