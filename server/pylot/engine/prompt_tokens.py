"""Tokenize prompts piece by piece, remembering the pieces that stay the same from keystroke to keystroke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from pylot.engine.jobs import PromptPiece, TemplatePiece, TextPiece, TokenPiece

_MAX_REMEMBERED = 64
_MIN_REMEMBERED_LENGTH = 200


class Tokenizer(Protocol):
    """Turn text into tokens."""

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of plain text."""
        ...

    def tokenize_template(self, text: str) -> list[int]:
        """Return the tokens of a rendered chat template."""
        ...


class PromptTokenizer:
    """Tokenize prompts; only what changed since the last ones is tokenized anew."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._remembered: OrderedDict[str, list[int]] = OrderedDict()

    def tokenize(self, pieces: Sequence[PromptPiece]) -> tuple[list[int], list[int]]:
        """Return the prompt's tokens and how many of them each piece gave."""
        tokens: list[int] = []
        sizes: list[int] = []
        for piece in pieces:
            own = self._tokenize_piece(piece)
            tokens += own
            sizes.append(len(own))
        return tokens, sizes

    def _tokenize_piece(self, piece: PromptPiece) -> list[int]:
        match piece:
            case TokenPiece(token):
                return [token]
            case TemplatePiece(text):
                return self._tokenizer.tokenize_template(text)
            case TextPiece(text, max_tokens, keep):
                tokens = self._text_tokens(text)
                if max_tokens is None or len(tokens) <= max_tokens:
                    return tokens
                if keep == "head":
                    return tokens[:max_tokens]
                return tokens[len(tokens) - max_tokens :]

    def _text_tokens(self, text: str) -> list[int]:
        if len(text) < _MIN_REMEMBERED_LENGTH:
            return self._tokenizer.tokenize(text)
        tokens = self._remembered.get(text)
        if tokens is None:
            tokens = self._remembered[text] = self._tokenizer.tokenize(text)
            if len(self._remembered) > _MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        else:
            self._remembered.move_to_end(text)
        return tokens
