"""Pieces to tokens, within the room that a window has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from training.examples.shapes import Piece
from training.specials import Special


class Encoder(Protocol):
    """Turns texts into ids that are never special."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text by itself."""
        ...


def encode_pieces(encoder: Encoder, pieces: Sequence[Piece]) -> list[list[int]]:
    """Return the ids of each piece; special tokens are put in by number."""
    encoded = iter(encoder.encode([piece for piece in pieces if isinstance(piece, str)]))
    return [[int(piece)] if isinstance(piece, Special) else next(encoded) for piece in pieces]


def fit_prompt(encoder: Encoder, pieces: Sequence[Piece], suffix: str, n_suffix: int, room: int) -> list[int]:
    """Return a prompt of at most `room` tokens: the suffix loses its end, the prefix its beginning."""
    tokens = encode_pieces(encoder, pieces)
    place = pieces.index(suffix) if suffix else -1
    if place >= 0:
        tokens[place] = tokens[place][:n_suffix]
    surplus = sum(map(len, tokens)) - room
    for index, piece in enumerate(pieces):
        if surplus > 0 and isinstance(piece, str) and index != place:
            n_cut = min(surplus, len(tokens[index]))
            tokens[index] = tokens[index][n_cut:]
            surplus -= n_cut
    return joined(tokens)


def joined(tokens: Sequence[Sequence[int]]) -> list[int]:
    """Return the tokens of all pieces as one list."""
    return [token for piece in tokens for token in piece]


def cut_to_lines(text: str, n_characters: int) -> str:
    """Return the beginning of a text, whole lines where there are any: what the product does with a suffix."""
    if len(text) <= n_characters:
        return text
    end = text.rfind("\n", 0, n_characters)
    return text[: end + 1] if end > 0 else text[:n_characters]
