"""How many tokens a text is likely to take, learned from what models have counted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pylot.models.values import ChatMessage, Tool

# Code takes about 3 to 4 characters per token; a guess that is too high costs a little room, one too low the answer.
_FIRST_GUESS = 3.0
_FEWEST, _MOST = 1.0, 6.0
_TOKENS_PER_MESSAGE = 8
_LEAST_CHARACTERS = 400


class TokenCount:
    """Estimate, and correct the estimate by each prompt that a model has read."""

    def __init__(self) -> None:
        self._characters_per_token = _FIRST_GUESS

    def of_text(self, text: str) -> int:
        """Return about how many tokens a text takes."""
        return int(len(text) / self._characters_per_token) + 1

    def characters(self, n_tokens: int) -> int:
        """Return about how many characters fit into some tokens."""
        return int(n_tokens * self._characters_per_token)

    def of_messages(self, messages: Sequence[ChatMessage]) -> int:
        """Return about how many tokens a conversation takes."""
        return int(_length(messages) / self._characters_per_token) + _TOKENS_PER_MESSAGE * len(messages)

    def of_tools(self, tools: Sequence[Tool]) -> int:
        """Return about how many tokens the definitions of tools take."""
        return self.of_text("".join(tool.name + tool.description + json.dumps(tool.parameters) for tool in tools))

    def learn(self, messages: Sequence[ChatMessage], tools: Sequence[Tool], n_tokens: int) -> None:
        """Take in how many tokens a prompt really had."""
        length = _length(messages) + sum(
            len(tool.name) + len(tool.description) + len(json.dumps(tool.parameters)) for tool in tools
        )
        left = n_tokens - _TOKENS_PER_MESSAGE * len(messages)
        if length >= _LEAST_CHARACTERS and left > 0:
            self._characters_per_token = min(max(length / left, _FEWEST), _MOST)


def _length(messages: Sequence[ChatMessage]) -> int:
    return sum(len(it.content) + sum(len(call.name) + len(call.arguments) for call in it.calls) for it in messages)
