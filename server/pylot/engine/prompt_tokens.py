"""Tokenize prompts piece by piece, remembering what stays the same from keystroke to keystroke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from pylot.engine.answer_tokens import AnswerTokens
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
        self._answers = AnswerTokens()

    def tokenize(self, pieces: Sequence[PromptPiece]) -> tuple[list[int], list[int]]:
        """Return the prompt's tokens and how many of them each piece gave."""
        tokens: list[int] = []
        sizes: list[int] = []
        for idx, piece in enumerate(pieces):
            own = self._tokenize_piece(piece, is_last=idx == len(pieces) - 1)
            tokens += own
            sizes.append(len(own))
        return tokens, sizes

    def remember_answer(
        self, pieces: Sequence[PromptPiece], last_tokens: Sequence[int], answer: Sequence[tuple[int, bytes]]
    ) -> None:
        """Take in what was generated behind a prompt whose last piece gave `last_tokens`.

        A prompt that goes on from there keeps the answer's own tokens, as far as it holds the answer's text.
        """
        last = pieces[-1] if pieces else None
        if isinstance(last, TokenPiece):
            self._answers.remember("", (), answer)
        elif isinstance(last, TextPiece) and (last.max_tokens is None or len(last_tokens) < last.max_tokens):
            self._answers.remember(last.text, last_tokens, answer)

    def _tokenize_piece(self, piece: PromptPiece, *, is_last: bool) -> list[int]:
        match piece:
            case TokenPiece(token):
                return [token]
            case TemplatePiece(text):
                return self._tokenizer.tokenize_template(text)
            case TextPiece(text, max_tokens, keep):
                tokens = self._open_end_tokens(text) if is_last else self._text_tokens(text)
                if max_tokens is None or len(tokens) <= max_tokens:
                    return tokens
                if keep == "head":
                    return tokens[:max_tokens]
                return tokens[len(tokens) - max_tokens :]

    def _open_end_tokens(self, text: str) -> list[int]:
        known, rest = self._answers.find(text)
        return known + self._text_tokens(rest) if known else self._text_tokens(text)

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
