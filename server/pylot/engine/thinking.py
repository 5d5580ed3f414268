"""Where a model that thinks aloud begins and ends to do so (H18)."""

from __future__ import annotations

from typing import Literal

OPENS = "<think>"
CLOSES = "</think>"
_CLOSED = f"\n{CLOSES}\n\n"

# What may come first in an answer: the answer itself, the rest of a block that the prompt has opened, or either.
Thinking = Literal["none", "open", "possible"]


def close_thoughts(prompt: str) -> str:
    """Return a prompt in which no block of thoughts is left open, for templates that cannot be told."""
    return prompt.rstrip() + _CLOSED if prompt.rstrip().endswith(OPENS) else prompt


def thinking_after(template: str, prompt: str) -> Thinking:
    """Tell from a chat template and what it has rendered what an answer may begin with."""
    end = prompt.rstrip()
    if end.endswith(OPENS):
        return "open"
    if end.endswith(CLOSES) or CLOSES not in template:
        return "none"
    return "possible"
