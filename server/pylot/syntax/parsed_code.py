"""All that a text's structure tells, in one value: outline, imports, scopes, complexity and errors (L1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pylot.syntax.bindings import FileBindings, bindings_of_tree, parse_whole
from pylot.syntax.complexity import complexities
from pylot.syntax.grammars import indexed_grammar
from pylot.syntax.symbols import Definition, FileSymbols, State, symbols_of_tree
from pylot.syntax.tree import LARGEST_TEXT, SyntaxProblem


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """What is known of a text; `bindings` is None for languages whose rules of scope are not known.

    `state` says why there is nothing else, if it is not `parsed`; `complexity` has the functions and methods.
    """

    language: str
    state: State
    symbols: FileSymbols
    bindings: FileBindings | None = None
    complexity: Mapping[Definition, int] = field(default_factory=dict)
    problems: tuple[SyntaxProblem, ...] = ()


def read_code(text: str, language: str) -> ParsedCode:
    """Return what a text in a canonical language holds; of broken code, what is left."""
    if indexed_grammar(language) is None:
        return _nothing(language, "no grammar")
    if len(text) > LARGEST_TEXT:
        return _nothing(language, "too large")
    tree = parse_whole(text, language)
    if tree is None:
        return _nothing(language, "too slow")
    symbols = symbols_of_tree(tree)
    return ParsedCode(
        language, "parsed", symbols, bindings_of_tree(tree), complexities(tree, symbols.definitions), tree.problems
    )


def _nothing(language: str, state: State) -> ParsedCode:
    return ParsedCode(language, state, FileSymbols(language, state))
