"""Tree-sitter grammars, each loaded when the first text of its language is parsed."""

from __future__ import annotations

import importlib
from functools import cache
from types import MappingProxyType

from tree_sitter import Language

_GRAMMARS = MappingProxyType(
    {
        "python": ("tree_sitter_python", "language"),
        "javascript": ("tree_sitter_javascript", "language"),
        "typescript": ("tree_sitter_typescript", "language_typescript"),
        "tsx": ("tree_sitter_typescript", "language_tsx"),
        "go": ("tree_sitter_go", "language"),
        "rust": ("tree_sitter_rust", "language"),
        "java": ("tree_sitter_java", "language"),
        "c": ("tree_sitter_c", "language"),
        "cpp": ("tree_sitter_cpp", "language"),
        "csharp": ("tree_sitter_c_sharp", "language"),
        "ruby": ("tree_sitter_ruby", "language"),
        "php": ("tree_sitter_php", "language_php"),
        "lua": ("tree_sitter_lua", "language"),
        "bash": ("tree_sitter_bash", "language"),
    }
)
PARSED_LANGUAGES = tuple(_GRAMMARS)

# What the bundle is asked for: it holds grammars that never return, so nothing of it is used unseen.
_BUNDLED = frozenset({"kotlin", "scala", "markdown", "html", "css", "yaml", "toml", "sql"})
INDEXED_LANGUAGES = (*PARSED_LANGUAGES, *sorted(_BUNDLED))


@cache
def grammar(language: str) -> Language | None:
    """Return the grammar of a canonical language, or None where there is none or it does not load here."""
    place = _GRAMMARS.get(language)
    if place is None:
        return None
    module_name, function = place
    try:
        module = importlib.import_module(module_name)
        return Language(getattr(module, function)())
    except (ImportError, AttributeError, ValueError):
        # A wheel that is missing or too new for this tree-sitter takes away its language, not the server.
        return None


@cache
def indexed_grammar(language: str) -> Language | None:
    """Return a grammar for reading symbols, which more languages have: those of the language pack, if it is here.

    Texts of these are not parsed while they are typed, so broken code need not be judged well.
    """
    if language not in _BUNDLED:
        return grammar(language)
    try:
        module = importlib.import_module("tree_sitter_language_pack")
        found = module.get_language(language)
    except Exception:
        # The pack is optional, and what it raises for a missing or unfit binary differs between its releases.
        return None
    return found if isinstance(found, Language) else None
