"""The trees of the texts that are being typed in."""

from __future__ import annotations

from collections import OrderedDict

from pylot.syntax.tree import SyntaxTree, parse

_MOST_TREES = 8


class TreeCache:
    """Keep the last few trees, so that the text after a keystroke is parsed from the one before it.

    Used from one thread at a time.
    """

    def __init__(self) -> None:
        self._trees: OrderedDict[tuple[str, str], SyntaxTree | None] = OrderedDict()

    def tree(self, language: str, text: str) -> SyntaxTree | None:
        """Return the tree of a text, as `parse` does."""
        key = (language, text)
        if key not in self._trees:
            self._trees[key] = parse(language, text, self._nearest(language, text))
            if len(self._trees) > _MOST_TREES:
                self._trees.popitem(last=False)
        self._trees.move_to_end(key)
        return self._trees[key]

    def _nearest(self, language: str, text: str) -> SyntaxTree | None:
        for tree in reversed(self._trees.values()):
            if tree is not None and tree.language == language and _are_akin(tree.text, text):
                return tree
        return None


def _are_akin(first: str, second: str) -> bool:
    """Whether two texts look like versions of one document; those of two have nothing to give each other."""
    return first[:200] == second[:200] or first[-200:] == second[-200:]
