"""The trees of the texts that are being typed in."""

from __future__ import annotations

from collections import OrderedDict

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
        self._trees: OrderedDict[tuple[str, str, Excerpt], SyntaxTree | None] = OrderedDict()

    def tree(self, language: str, text: str, offset: int | None = None) -> SyntaxTree | None:
        """Return the tree of a text, as `parse` does; with an offset, of a long text what surrounds that place."""
        if grammar(language) is None:
            return None
        excerpt = WHOLE if offset is None or is_short(language, text) else self._excerpt(language, text, offset)
        key = (language, text, excerpt)
        if key not in self._trees:
            self._trees[key] = self._parse(*key)
            if len(self._trees) > _MOST_TREES:
                self._trees.popitem(last=False)
        self._trees.move_to_end(key)
        return self._trees[key]

    def _excerpt(self, language: str, text: str, offset: int) -> Excerpt:
        """Return the excerpt of an earlier version where it still holds, for the sake of its tree."""
        for known_language, known, excerpt in reversed(self._trees):
            is_likely = known_language == language and excerpt != WHOLE and excerpt.surrounds(text, offset)
            if is_likely and excerpt.is_shared(known, text):
                return excerpt
        return excerpt_around(language, text, offset)

    def _parse(self, language: str, text: str, excerpt: Excerpt) -> SyntaxTree | None:
        for (known_language, known, known_excerpt), tree in reversed(self._trees.items()):
            if (known_language, known_excerpt) == (language, excerpt) and _are_akin(known, text):
                return parse(language, text, tree, excerpt) if tree else None
        return parse(language, text, excerpt=excerpt)


def _are_akin(first: str, second: str) -> bool:
    """Whether two texts look like versions of one document; those of two have nothing to give each other."""
    return first[:200] == second[:200] or first[-200:] == second[-200:]
