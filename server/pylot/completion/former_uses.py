"""How a name is used elsewhere in the same text: the calls of it and what its lines end with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pylot.completion.brackets import CLOSERS, OPENERS, outside_closers
from pylot.completion.cursor import is_word_character

_MOST_USES = 6


@dataclass(frozen=True, slots=True)
class FormerUses:
    """What follows a name at the places nearest to one, up to the end of the line."""

    rests: Sequence[str]

    def shares(self, tail: str, n_open: int, language: str) -> dict[str, float]:
        """Return the ways to end a line behind the name and the share (0 to 1) of the places that read so.

        A call is taken with the `tail` that the line needs, a whole end of a line where it closes as many brackets as
        are open.
        """
        counts: Counter[str] = Counter()
        for rest in self.rests:
            ways = {rest} if len(outside_closers(rest, language=language)) == n_open else set[str]()
            counts.update(ways | {call + tail for call in (_call(rest),) if call})
        return {way: count / len(self.rests) for way, count in counts.items()}


def uses_around(name: str, before: str, below: str) -> FormerUses:
    """Return how a name is used above and below a place; imports and lone names in lists do not count."""
    return FormerUses([rest for rest in (*_above(name, before), *_below(name, below)) if rest.rstrip(" ,")])


def uses_in(name: str, texts: Sequence[str]) -> FormerUses:
    """Return how a name is used in other texts, those of the first ones that use it."""
    found: list[str] = []
    for text in texts:
        found += [rest for rest in _below(name, text) if rest.rstrip(" ,")]
        if len(found) >= _MOST_USES:
            break
    return FormerUses(found)


def _call(rest: str) -> str:
    if not rest.startswith("("):
        return ""
    depth = 0
    for place, character in enumerate(rest):
        if character in OPENERS:
            depth += 1
        elif character in CLOSERS:
            depth -= 1
            if depth == 0:
                return rest[: place + 1]
    return ""


def _above(name: str, text: str) -> Iterator[str]:
    end = len(text)
    for _ in range(_MOST_USES):
        end = text.rfind(name, 0, end)
        if end < 0:
            return
        if (rest := _rest(name, text, end)) is not None:
            yield rest


def _below(name: str, text: str) -> Iterator[str]:
    begin = -1
    for _ in range(_MOST_USES // 2):
        begin = text.find(name, begin + 1)
        if begin < 0:
            return
        if (rest := _rest(name, text, begin)) is not None:
            yield rest


def _rest(name: str, text: str, begin: int) -> str | None:
    end = begin + len(name)
    if is_word_character(text[begin - 1 : begin] or " ") or text[begin - 1 : begin] == ".":
        return None
    if is_word_character(text[end : end + 1] or " "):
        return None
    line_start, line_end = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    if text.startswith(("import ", "from "), line_start):
        return None
    return text[end : line_end if line_end >= 0 else len(text)].rstrip()
