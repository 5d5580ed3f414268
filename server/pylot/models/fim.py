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
    ".py": "#", ".rb": "#", ".sh": "#", ".bash": "#", ".yaml": "#", ".yml": "#", ".toml": "#",
    ".lua": "--", ".sql": "--", ".hs": "--",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourcedPiece:
    """A piece of prompt and the source it is accounted to."""

    piece: PromptPiece
    source: str


def render_fim(prompt: FimPrompt, form: FimFormat, ids: Mapping[str, int], bos: int | None) -> list[SourcedPiece]:
    """Return the pieces of a prompt in the model's order; `bos` is put first when the vocabulary wants it."""
    before, inside = _context(prompt, form, ids)
    head = [*inside, SourcedPiece(TextPiece(prompt.head, prompt.max_head_tokens, "tail"), "prefix")]
    tail = SourcedPiece(TextPiece(prompt.tail, prompt.max_tail_tokens, "tail"), "typed")
    suffix = SourcedPiece(TextPiece(prompt.suffix, prompt.max_suffix_tokens, "head"), "suffix")
    pieces = [*([SourcedPiece(TokenPiece(bos), "template")] if bos is not None else []), *before]
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


def _context(
    prompt: FimPrompt, form: FimFormat, ids: Mapping[str, int]
) -> tuple[list[SourcedPiece], list[SourcedPiece]]:
    """Return what stands before the prefix's token and what stands between it and the code."""
    if form.context == "prefix":
        # Without tokens of its own for files, a family has seen other code only as text before the prefix.
        return [], _context_in_prefix(prompt, form)
    before = _separated_context(prompt, form, ids)
    if not (form.names_current_file or prompt.context):
        return before, []
    path = _template(f"{prompt.path}\n")
    return (before, [path]) if form.path_in_prefix else ([*before, path], [])


def _separated_context(prompt: FimPrompt, form: FimFormat, ids: Mapping[str, int]) -> list[SourcedPiece]:
    pieces: list[SourcedPiece] = []
    if form.repo_text and prompt.context:
        pieces += [_token(ids, "repo"), _template(form.repo_text)]
    for index, chunk in enumerate(prompt.context):
        if index or form.context == "separator":
            pieces.append(SourcedPiece(TokenPiece(ids["separator"]), chunk.source))
        pieces.append(_chunk(chunk, f"{chunk.path}\n{chunk.text.rstrip()}\n"))
    if prompt.context or (form.names_current_file and form.context == "separator"):
        pieces.append(_token(ids, "separator"))
    return pieces


def _context_in_prefix(prompt: FimPrompt, form: FimFormat) -> list[SourcedPiece]:
    pieces: list[SourcedPiece] = []
    for chunk in prompt.context:
        # The blank line is a piece of its own, because a budget may cut the chunk anywhere.
        pieces += [_chunk(chunk, _file_line(form, chunk.path) + chunk.text.rstrip()), _template("\n\n")]
    return [*pieces, _template(_file_line(form, prompt.path))] if pieces and form.names_current_file else pieces


def _file_line(form: FimFormat, path: str) -> str:
    mark = _COMMENT_MARKS.get(PurePath(path).suffix, "//")
    return form.file_line.replace("{comment}", mark).replace("{path}", path) + "\n"


def _chunk(chunk: ContextChunk, text: str) -> SourcedPiece:
    return SourcedPiece(TextPiece(text, chunk.max_tokens, "head"), chunk.source)


def _template(text: str) -> SourcedPiece:
    return SourcedPiece(TextPiece(text), "template")


def _token(ids: Mapping[str, int], role: str) -> SourcedPiece:
    return SourcedPiece(TokenPiece(ids[role]), "template")
