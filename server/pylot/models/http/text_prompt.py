"""Prompts as text, for servers whose tokens cannot be counted or given by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pylot.engine.jobs import TextPiece, TokenPiece
from pylot.models.cards import FimFormat, ModelCard, effective_format
from pylot.models.fim import SourcedPiece, render_fim
from pylot.models.values import FimPrompt

# Code has three to four characters per token; budgets had better be kept than used up.
_CHARACTERS_PER_TOKEN = 3
_LOOKS_SPECIAL = re.compile(r"<(?=[|｜][^<>\n]{1,40}[|｜]>)")


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """A prompt, the text behind the cursor where it is sent apart, and what each source is likely to weigh."""

    prompt: str
    suffix: str | None
    weights: tuple[tuple[str, int, bool], ...]

    def tokens_by_source(self, prompt_tokens: int | None) -> dict[str, int]:
        """Return the tokens of each source: a server's own count shared out by length, or an estimate."""
        fixed = sum(n for _, n, is_exact in self.weights if is_exact)
        texts = [n for _, n, is_exact in self.weights if not is_exact]
        estimate = [-(-n // _CHARACTERS_PER_TOKEN) for n in texts]
        shares = iter(estimate if prompt_tokens is None else _share(max(prompt_tokens - fixed, 0), texts))
        totals: dict[str, int] = {}
        for source, n, is_exact in self.weights:
            totals[source] = totals.get(source, 0) + (n if is_exact else next(shares))
        if prompt_tokens is not None and (difference := prompt_tokens - sum(totals.values())):
            totals["template"] = totals.get("template", 0) + difference
        return totals


def spelled_form(card: ModelCard) -> tuple[FimFormat, dict[str, int], list[str]]:
    """Return a card's format with its tokens numbered, and their spellings by number."""
    spellings = [texts[0] for texts in card.fim.tokens.values() if texts]
    ids: dict[str, int] = {role: spellings.index(texts[0]) for role, texts in card.fim.tokens.items() if texts}
    return effective_format(card, ids), ids, spellings


def with_tokens(prompt: FimPrompt, card: ModelCard) -> TextPrompt:
    """Return a prompt with a card's special tokens spelled out in it."""
    form, ids, spellings = spelled_form(card)
    return _join(render_fim(prompt, form, ids, None), spellings, None)


def with_suffix(prompt: FimPrompt, *, sends_suffix: bool) -> TextPrompt:
    """Return a prompt that ends at the cursor, with the text behind it apart or left out."""
    pieces = render_fim(prompt, FimFormat(order="plain"), {}, None)
    suffix = SourcedPiece(TextPiece(prompt.suffix, prompt.max_suffix_tokens, "head"), "suffix")
    return _join(pieces, [], suffix if sends_suffix and prompt.suffix else None)


def _join(pieces: Sequence[SourcedPiece], spellings: Sequence[str], suffix: SourcedPiece | None) -> TextPrompt:
    texts: list[str] = []
    weights: list[tuple[str, int, bool]] = []
    for sourced in [*pieces, *([suffix] if suffix else [])]:
        match sourced.piece:
            case TokenPiece(number):
                texts.append(spellings[number])
                weights.append((sourced.source, 1, True))
            case TextPiece() as piece:
                texts.append(_plain(_cut(piece), spellings))
                weights.append((sourced.source, len(texts[-1]), False))
            case other:
                raise TypeError(type(other).__name__)
    behind = texts.pop() if suffix else None
    return TextPrompt("".join(texts), behind, tuple(weights))


def _cut(piece: TextPiece) -> str:
    if piece.max_tokens is None:
        return piece.text
    n = piece.max_tokens * _CHARACTERS_PER_TOKEN
    return piece.text[:n] if piece.keep == "head" else piece.text[-n:] if n else ""


def _plain(text: str, spellings: Sequence[str]) -> str:
    """Return text in which nothing reads as a special token to a server that takes text only."""
    for spelling in spellings:
        text = text.replace(spelling, f"{spelling[0]} {spelling[1:]}")
    return _LOOKS_SPECIAL.sub("< ", text)


def _share(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by weights, so that nothing is lost by rounding."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    ends = [total * end // whole for end in _running_totals(weights)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _running_totals(weights: Sequence[int]) -> list[int]:
    totals: list[int] = []
    for weight in weights:
        totals.append((totals[-1] if totals else 0) + weight)
    return totals
