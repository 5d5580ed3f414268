"""Put a fill-in-the-middle prompt into a model's own order, from the most stable piece to the most volatile.

The order is what keeps the KV cache: while somebody types, only the last piece changes.
With `psm` the text since the anchor follows the middle token, so that the model seems to have begun the middle itself
(`reference/engine.md` section 4, ANCH): a keystroke then costs one decoded token, not a whole suffix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pylot.engine.jobs import PromptPiece, TextPiece, TokenPiece
from pylot.models.cards import FimFormat
from pylot.models.values import ContextChunk, FimPrompt

_COMMENT_MARKS = {
    ".py": "#", ".rb": "#", ".sh": "#", ".bash": "#", ".yaml": "#", ".yml": "#", ".toml": "#", ".lua": "--", ".sql": "--",
    ".hs": "--",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourcedPiece:
    """A piece of prompt and the source it is accounted to."""

    piece: PromptPiece
    source: str


def render_fim(prompt: FimPrompt, form: FimFormat, ids: Mapping[str, int], bos: int | None) -> list[SourcedPiece]:
    """Return the pieces of a prompt in the model's order; `bos` is put first when the vocabulary wants it."""
    head = [SourcedPiece(TextPiece(prompt.head, prompt.max_head_tokens, "tail"), "prefix")]
    tail = SourcedPiece(TextPiece(prompt.tail), "typed")
    suffix = SourcedPiece(TextPiece(prompt.suffix, prompt.max_suffix_tokens, "head"), "suffix")
    pieces = [SourcedPiece(TokenPiece(bos), "template")] if bos is not None else []
    if form.context == "separator":
        pieces += _separated_context(prompt, form, ids)
    elif form.context == "comment":
        # Without tokens of its own for files, a family has seen other code only as text before the prefix.
        head = [*_commented_context(prompt), *head]
    match form.order:
        case "psm":
            pieces += [_token(ids, "prefix"), *head, _token(ids, "suffix"), suffix, _token(ids, "middle"), tail]
        case "spm":
            pieces += [_token(ids, "suffix"), suffix, _token(ids, "prefix"), *head, _token(ids, "middle"), tail]
        case "contiguous-spm":
            pieces += [_token(ids, "suffix"), suffix, _token(ids, "prefix"), *head, tail]
        case "plain":
            pieces += [*head, tail]
    return [piece for piece in pieces if not (isinstance(piece.piece, TextPiece) and not piece.piece.text)]


def tokens_by_source(pieces: Sequence[SourcedPiece], sizes: Sequence[int]) -> dict[str, int]:
    """Add up the tokens that each source took."""
    totals: dict[str, int] = {}
    for piece, size in zip(pieces, sizes, strict=False):
        totals[piece.source] = totals.get(piece.source, 0) + size
    return totals


def _separated_context(prompt: FimPrompt, form: FimFormat, ids: Mapping[str, int]) -> list[SourcedPiece]:
    pieces: list[SourcedPiece] = []
    if form.repo_line and prompt.context:
        pieces += [_token(ids, "repo"), SourcedPiece(TextPiece("project\n"), "template")]
    for chunk in prompt.context:
        text = f"{chunk.path}\n{chunk.text.rstrip()}\n"
        pieces += [
            SourcedPiece(TokenPiece(ids["separator"]), chunk.source),
            SourcedPiece(TextPiece(text, chunk.max_tokens, "head"), chunk.source),
        ]
    if form.names_current_file or pieces:
        pieces += [_token(ids, "separator"), SourcedPiece(TextPiece(f"{prompt.path}\n"), "template")]
    return pieces


def _commented_context(prompt: FimPrompt) -> list[SourcedPiece]:
    return [
        SourcedPiece(TextPiece(_commented(chunk), chunk.max_tokens, "head"), chunk.source) for chunk in prompt.context
    ]


def _commented(chunk: ContextChunk) -> str:
    mark = _COMMENT_MARKS.get(PurePath(chunk.path).suffix, "//")
    return f"{mark} {chunk.path}\n{chunk.text.rstrip()}\n\n"


def _token(ids: Mapping[str, int], role: str) -> SourcedPiece:
    return SourcedPiece(TokenPiece(ids[role]), "template")
