"""BERT's tokens of a text: lower case without accents, words and signs, the longest known pieces of each word.

The rules are those of the reference implementation (https://github.com/google-research/bert, `tokenization.py`), as
the `tokenizers` library applies them: https://arxiv.org/abs/1810.04805, https://arxiv.org/abs/1609.08144.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_LONGEST_WORD = 100
_MOST_REMEMBERED = 50_000
# No vocabulary has longer pieces on average, and what lies behind the last token need not be read.
_CHARACTERS_PER_TOKEN = 64
# As in the library, whose sixth block begins 256 characters late.
_CJK = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
_SPACES = "\t\n\r\u2028\u2029"
_LEFT_OUT = ("Cc", "Cf", "Co", "Cs")


class WordPiece:
    """Cut texts into the pieces of one vocabulary; may be used from several threads."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._first, self._last = self._ids["[CLS]"], self._ids["[SEP]"]
        self._unknown = [self._ids["[UNK]"]]
        self._spelling = _Spelling()
        self._words: dict[str, list[int]] = {}

    def tokens(self, text: str, most: int) -> list[int]:
        """Return at most `most` tokens of a text, the one that opens and the one that closes it included."""
        tokens = [self._first]
        room = most - 1
        for word in text[: most * _CHARACTERS_PER_TOKEN].translate(self._spelling).split():
            tokens += self._pieces(word)
            if len(tokens) >= room:
                break
        return [*tokens[:room], self._last]

    def _pieces(self, word: str) -> list[int]:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _MOST_REMEMBERED:
                self._words.clear()
            known = self._words[word] = self._cut(word)
        return known

    def _cut(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return self._unknown
        pieces: list[int] = []
        start, mark = 0, ""
        while start < len(word):
            for end in range(len(word), start, -1):
                if (piece := self._ids.get(mark + word[start:end])) is not None:
                    break
            else:
                return self._unknown
            pieces.append(piece)
            start, mark = end, "##"
        return pieces


class _Spelling(dict[int, str]):
    """What each character becomes, found out at its first use: nothing, a space, itself apart, or a plain letter."""

    def __missing__(self, code: int) -> str:
        spelled = self[code] = _spelled(chr(code))
        return spelled


def _spelled(character: str) -> str:
    code, category = ord(character), unicodedata.category(character)
    if character in _SPACES or category == "Zs":
        return " "
    if code == 0xFFFD or category in _LEFT_OUT:
        return ""
    decomposed = unicodedata.normalize("NFD", character)
    plain = "".join(it.lower() for it in decomposed if unicodedata.category(it) != "Mn")
    is_ascii_sign = code < 0x7F and not character.isalnum()
    if is_ascii_sign or category[0] == "P" or any(first <= code <= last for first, last in _CJK):
        return f" {plain} "
    return plain
