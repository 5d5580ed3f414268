"""The scopes of a text and what each of its names is bound to (L1, L2)."""

from __future__ import annotations

import re
from types import MappingProxyType

from pylot.syntax.binding_pieces import KnownPieces
from pylot.syntax.binding_values import (
    FREE,
    Binding,
    BindingKind,
    FileBindings,
    Form,
    Keyword,
    Member,
    Occurrence,
    Scope,
    ScopeKind,
    Taken,
)
from pylot.syntax.block_bindings import BLOCK_LANGUAGES, read_block_bindings
from pylot.syntax.grammars import indexed_grammar
from pylot.syntax.python_bindings import read_python_bindings
from pylot.syntax.script_bindings import read_script_bindings
from pylot.syntax.tree import LARGEST_TEXT, SyntaxTree, parse_by

__all__ = ["BLOCK_LANGUAGES", "BOUND_LANGUAGES", "FREE", "Binding", "BindingKind", "FileBindings", "Form", "Keyword",
           "KnownPieces", "Member", "Occurrence", "Scope", "ScopeKind", "Taken", "bindings_of_tree",
           "parse_whole"]  # fmt: skip

_BUDGET_SECONDS = 2.0
# A line ends here for an editor, but not for tree-sitter.
_LONE_RETURN = re.compile(r"\r(?!\n)")
_READERS = MappingProxyType(
    {
        "python": read_python_bindings,
        "javascript": read_script_bindings,
        "typescript": read_script_bindings,
        "tsx": read_script_bindings,
        **dict.fromkeys(BLOCK_LANGUAGES, read_block_bindings),
    }
)
BOUND_LANGUAGES = frozenset(_READERS)


def parse_whole(text: str, language: str) -> SyntaxTree | None:
    """Return the tree of a whole text, however long ago somebody last looked at it; None as `parse` does.

    Unlike `parse`, which is for every key, it may take two seconds of processor time.
    """
    known = indexed_grammar(language)
    if known is None or len(text) > LARGEST_TEXT:
        return None
    return parse_by(known, language, _LONE_RETURN.sub("\n", text), None, _BUDGET_SECONDS)


def bindings_of_tree(tree: SyntaxTree, known: KnownPieces | None = None) -> FileBindings | None:
    """Return the scopes and bindings of a parsed text, or None where the language's rules are not known.

    What `known` holds of an earlier version is not read again, and then it holds what there is in this one.
    """
    reader = _READERS.get(tree.language)
    return reader(tree, known) if reader else None
