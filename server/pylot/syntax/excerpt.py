"""Which part of a long text to parse: what a key costs must not grow with the file.

Even where hardly anything changed, tree-sitter needs 15 ms for a key in 20,000 lines of Python.
"""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.overlap import shared_ends
from pylot.syntax.scanner import indent_of, opening_at_end

_STEP = 8_000
_WHOLE = 4 * _STEP
_MOST = 12 * _STEP
_FARTHEST = 4 * _STEP
# In a file of PHP nothing is code before the tag at its beginning.
_WHOLE_ONLY = frozenset({"php"})
_PARENTHESES = frozenset("([")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text: so many characters are left out before it and behind it."""

    n_before: int = 0
    n_after: int = 0

    def of(self, text: str) -> str:
        """Return the part."""
        return text[self.n_before : len(text) - self.n_after] if self.n_before or self.n_after else text

    def is_shared(self, text: str, other: str) -> bool:
        """Tell whether two texts differ inside of the excerpt only."""
        if self.n_before + self.n_after > min(len(text), len(other)):
            return False
        n_first, n_last = shared_ends(text, other)
        # Of what both ends share, as `ab` and `ab` in `abab`, the beginning has been given all.
        return n_first >= self.n_before and (n_last >= self.n_after or self._ends_alike(text, other))

    def _ends_alike(self, text: str, other: str) -> bool:
        return text[len(text) - self.n_after :] == other[len(other) - self.n_after :]

    def surrounds(self, text: str, offset: int) -> bool:
        """Tell whether the excerpt still shows enough of both sides of a place and has not grown too long."""
        end = len(text) - self.n_after
        has_before = not self.n_before or offset - self.n_before >= _STEP // 2
        has_after = not self.n_after or end - offset >= _STEP // 2
        return has_before and has_after and end - self.n_before <= _MOST


WHOLE = Excerpt()


def is_short(language: str, text: str) -> bool:
    """Tell whether a text is parsed whole."""
    return len(text) <= _WHOLE or language in _WHOLE_ONLY


def excerpt_around(language: str, text: str, offset: int) -> Excerpt:
    """Return an excerpt of a long text with thousands of characters on both sides of a place.

    It begins outside strings and parentheses, and both its ends are as little indented as any near by.
    """
    if is_short(language, text):
        return WHOLE
    least = offset - 2 * _STEP
    n_before = _beginning(language, text, least) if least > 0 else 0
    least = len(text) - offset - 2 * _STEP
    n_after = len(text) - _likeliest(text, len(text) - least - _STEP) if least > 0 else 0
    return Excerpt(n_before, n_after)


def _beginning(language: str, text: str, least: int) -> int:
    start = _likeliest(text, least)
    opening = opening_at_end(language, text[:start])
    open_from = [it.start for it in opening.stack if it.token in _PARENTHESES]
    if opening.inside:
        open_from.append(opening.resume)
    if not open_from or start - min(open_from) > _FARTHEST:
        return start
    return text.rfind("\n", 0, min(open_from)) + 1


def _likeliest(text: str, least: int) -> int:
    """Return the beginning of the least indented line from a place on."""
    found = []
    start = max(text.rfind("\n", 0, least) + 1, least - _STEP)
    while 0 <= start < least + _STEP:
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if line.strip() and line.strip()[0] not in ")]}":
            found.append((indent_of(line), start))
        start = end + 1 if end >= 0 else -1
    return min(found)[1] if found else least
