"""The tokens that a model wrote its answers in, for prompts that such an answer has become a part of.

Text can be written in more than one way: `= ` before the cursor and `name` in the answer are other tokens than `=` and
` name` when both are read again. Whoever accepts an answer should find its own tokens in the KV cache.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pylot.kernel.overlap import common_prefix_length

_MOST_ANSWERS = 16


@dataclass(frozen=True, slots=True)
class _Written:
    """`tokens` write `text`; each of `ends` is how many bytes the tokens up to there write, answer tokens alone."""

    text: bytes
    n_before: int
    tokens: tuple[int, ...]
    ends: tuple[int, ...]


class AnswerTokens:
    """Remember the last answers and how the text before them was tokenized."""

    def __init__(self) -> None:
        self._written: deque[_Written] = deque(maxlen=_MOST_ANSWERS)

    def remember(self, before: str, before_tokens: Sequence[int], answer: Sequence[tuple[int, bytes]]) -> None:
        """Take in an answer, token by token, to a prompt whose last piece was the text `before`."""
        if not answer:
            return
        start = before.encode("utf-8", "replace")
        ends = tuple(accumulate((len(piece) for _, piece in answer), initial=len(start)))[1:]
        tokens = (*before_tokens, *(token for token, _ in answer))
        text = start + b"".join(piece for _, piece in answer)
        self._written.appendleft(_Written(text, len(before_tokens), tokens, ends))

    def find(self, text: str) -> tuple[list[int], str]:
        """Return the tokens of the longest known beginning of a text, and the rest of it.

        Nothing is known that ends inside a word: the word may be another one by now.
        """
        wanted = text.encode("utf-8", "replace")
        best: tuple[int, list[int], str] = (0, [], text)
        for written in self._written:
            n_shared = common_prefix_length(written.text, wanted)
            for idx in range(len(written.ends) - 1, -1, -1):
                end = written.ends[idx]
                if best[0] < end <= n_shared and (rest := _rest(wanted, end)) is not None:
                    best = (end, list(written.tokens[: written.n_before + idx + 1]), rest)
                    break
        return best[1], best[2]


def _rest(text: bytes, end: int) -> str | None:
    """Return what follows, or nothing where that begins inside a word or a character."""
    try:
        rest = text[end:].decode("utf-8")
        last = text[max(0, end - 4) : end].decode("utf-8", "ignore")[-1:]
    except UnicodeDecodeError:
        return None
    return None if _is_word(last) and _is_word(rest[:1]) else rest


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
