"""Prompts are tokenized piece by piece, within each piece's budget."""

from __future__ import annotations

import pytest

from pylot.engine.jobs import PromptPiece, TemplatePiece, TextPiece, TokenPiece
from pylot.engine.prompt_tokens import PromptTokenizer


class Letters:
    """One token per letter; counts how often it is asked."""

    def __init__(self) -> None:
        self.n_asked = 0

    def tokenize(self, text: str) -> list[int]:
        self.n_asked += 1
        return [ord(letter) for letter in text]

    def tokenize_template(self, text: str) -> list[int]:
        return [-ord(letter) for letter in text]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (TokenPiece(5), [5]),
        (TextPiece("abc"), [97, 98, 99]),
        (TextPiece("abc", 2, "tail"), [98, 99]),
        (TextPiece("abc", 2, "head"), [97, 98]),
        (TextPiece("abc", 0, "tail"), []),
        (TemplatePiece("a"), [-97]),
    ],
)
def test_pieces(piece: PromptPiece, expected: list[int]) -> None:
    assert PromptTokenizer(Letters()).tokenize([piece]) == (expected, [len(expected)])


def test_only_what_changed_is_tokenized_again() -> None:
    letters = Letters()
    tokenizer = PromptTokenizer(letters)
    head = "x" * 1000

    tokenizer.tokenize([TextPiece(head), TextPiece("a")])
    tokenizer.tokenize([TextPiece(head), TextPiece("ab")])

    assert letters.n_asked == 3
