"""The trees of the texts that are being typed in."""

from __future__ import annotations

from pylot.kernel.recent_texts import RecentTexts
from pylot.syntax.excerpt import WHOLE, Excerpt, excerpt_around, is_short
from pylot.syntax.grammars import grammar
from pylot.syntax.tree import SyntaxTree, parse

_MOST_TREES = 8


class TreeCache:
    """Keep the last few trees, so that the text after a keystroke is parsed from the one before it.

    What could not be parsed in time is not tried again at the next key.
    Used from one thread at a time.
    """

    def __init__(self) -> None:
        self._trees: RecentTexts[tuple[Excerpt, SyntaxTree | None]] = RecentTexts(_MOST_TREES)

    def tree(self, language: str, text: str, offset: int | None = None) -> SyntaxTree | None:
        """Return the tree of a text, as `parse` does; with an offset, of a long text what surrounds that place."""
        if grammar(language) is None:
            return None
        excerpt = WHOLE if offset is None or is_short(language, text) else self._excerpt(language, text, offset)
        known = self._trees.find(text, (language, excerpt))
        if known is not None:
            return known.value[1]
        tree = self._parse(language, text, excerpt)
        self._trees.add(text, (excerpt, tree), (language, excerpt))
        return tree

    def _excerpt(self, language: str, text: str, offset: int) -> Excerpt:
        """Return the excerpt of an earlier version where it still holds, for the sake of its tree."""
        for known in self._trees:
            excerpt = known.value[0]
            is_likely = known.about == (language, excerpt) and excerpt != WHOLE and excerpt.surrounds(text, offset)
            if is_likely and excerpt.is_shared(known.text, text):
                return excerpt
        return excerpt_around(language, text, offset)

    def _parse(self, language: str, text: str, excerpt: Excerpt) -> SyntaxTree | None:
        for known in self._trees:
            if known.about == (language, excerpt) and _are_akin(known.text, text):
                tree = known.value[1]
                return parse(language, text, tree, excerpt) if tree else None
        return parse(language, text, excerpt=excerpt)


def _are_akin(first: str, second: str) -> bool:
    """Whether two texts look like versions of one document; those of two have nothing to give each other."""
    return first[:200] == second[:200] or first[-200:] == second[-200:]
