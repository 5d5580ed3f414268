"""The order of the pieces of an example: what `pylot.models.fim` sends for the card `pylot-tiny`, then the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.specials import Special

REPOSITORY_NAME = "project\n"

Piece = Special | str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text from elsewhere that stands before the code."""

    name: str
    text: str


def context_pieces(name: str, chunks: Sequence[Chunk]) -> list[Piece]:
    """Return the other files' text and the current file's name."""
    pieces: list[Piece] = [Special.REPOSITORY, REPOSITORY_NAME] if chunks else []
    for chunk in chunks:
        pieces += [Special.SEPARATOR, f"{chunk.name}\n{chunk.text.rstrip()}\n"]
    return [*pieces, Special.SEPARATOR, f"{name}\n"]


def contiguous_spm(head: str, tail: str, suffix: str) -> list[Piece]:
    """Return suffix, then prefix; the middle follows at once.

    The prefix comes in two pieces, because the product encodes what was typed since its anchor by itself.
    """
    return [Special.SUFFIX, suffix, Special.PREFIX, head, tail]


def psm(prefix: str, suffix: str) -> list[Piece]:
    """Return prefix, then suffix, then the token after which the middle comes: what `/infill` of llama-server sends."""
    return [Special.PREFIX, prefix, Special.SUFFIX, suffix, Special.MIDDLE]
