"""The symbols of a text: what it defines, uses and imports."""

from __future__ import annotations

import re

from pylot.syntax.grammars import indexed_grammar
from pylot.syntax.symbol_query import symbol_query
from pylot.syntax.symbol_reader import read_tree
from pylot.syntax.symbol_values import (
    CALLABLES,
    CLASSES,
    Definition,
    FileSymbols,
    Import,
    Kind,
    Reference,
    State,
)
from pylot.syntax.tree import LARGEST_TEXT, SyntaxTree, parse_by

__all__ = ["CALLABLES", "CLASSES", "SYMBOLS_VERSION", "Definition", "FileSymbols", "Import", "Kind", "Reference",
           "State", "read_symbols", "symbols_of_tree"]  # fmt: skip

SYMBOLS_VERSION = 2
"""Goes up with every change of the queries or of their reading, so that an index knows what is out of date."""

BUDGET_SECONDS = 2.0

# A line ends here for an editor, but not for tree-sitter.
_LONE_RETURN = re.compile(r"\r(?!\n)")


def read_symbols(text: str, language: str, *, budget_seconds: float = BUDGET_SECONDS) -> FileSymbols:
    """Return the symbols of a text in a canonical language; broken code gives those that are left.

    `state` says why there are none: no grammar or query, a text of more than 1 MiB, or one that is not parsed in time.
    """
    query, known = symbol_query(language), indexed_grammar(language)
    if query is None or known is None:
        return FileSymbols(language, "no grammar")
    if len(text) > LARGEST_TEXT:
        return FileSymbols(language, "too large")
    text = _LONE_RETURN.sub("\n", text)
    tree = parse_by(known, language, text, None, budget_seconds)
    if tree is None:
        is_large = len(text) * 4 > LARGEST_TEXT and len(text.encode("utf-8", "surrogatepass")) > LARGEST_TEXT
        return FileSymbols(language, "too large" if is_large else "too slow")
    return read_tree(tree, query)


def symbols_of_tree(tree: SyntaxTree) -> FileSymbols:
    """Return the symbols of a text that is parsed already: an open document's, from its cached tree."""
    query = symbol_query(tree.language)
    if query is None or _LONE_RETURN.search(tree.text):
        return read_symbols(tree.text, tree.language)
    return read_tree(tree, query)
