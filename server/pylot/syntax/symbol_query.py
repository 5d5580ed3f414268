"""Our own queries for symbols, one file per language, checked against the grammar when they are first used."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from tree_sitter import Query, QueryError

from pylot.syntax.grammars import grammar

_FOLDER = Path(__file__).with_name("queries")
# TypeScript's grammar is JavaScript's with more in it, and so are the queries.
_PARTS = {
    "typescript": ("javascript", "typescript"),
    "tsx": ("javascript", "jsx", "typescript"),
    "javascript": ("javascript", "jsx"),
    "cpp": ("c", "cpp"),
}
_log = logging.getLogger(__name__)


def query_texts(language: str) -> list[str]:
    """Return the query files of a language, none where it has none."""
    paths = [_FOLDER / f"{part}.scm" for part in _PARTS.get(language, (language,))]
    return [path.read_text(encoding="utf-8") for path in paths if path.is_file()]


@cache
def symbol_query(language: str) -> Query | None:
    """Return the query of a canonical language, or None where it has none that its grammar here understands."""
    texts = query_texts(language)
    known = grammar(language) if texts else None
    if known is None:
        return None
    try:
        return Query(known, "\n".join(texts))
    except QueryError:
        # A grammar of another version takes away its language's symbols, not the index.
        _log.warning("The symbol query of %s does not fit the grammar that is installed.", language)
        return None
