"""What the queries cannot say about a language: where documentation stands, what is public, how imports read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pylot.syntax.symbol_imports import python_imports
from pylot.syntax.symbol_values import Import


@dataclass(frozen=True, slots=True)
class Rules:
    """One language: `wrappers` are nodes that belong to the definition inside them, `receiver` its word for `this`.

    `is_public` is told a definition's name and its first line; `imports` reads the text of an import statement.
    """

    imports: Callable[[str, int], list[Import]]
    is_public: Callable[[str, str], bool]
    wrappers: frozenset[str] = frozenset()
    receiver: bytes = b""
    has_docstrings: bool = False


def _is_public_python(name: str, _: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


_RULES = {
    "python": Rules(
        python_imports, _is_public_python, frozenset({"decorated_definition"}), b"self.", has_docstrings=True
    ),
}
_DEFAULT = Rules(lambda _, __: [], lambda _, __: True)


def rules_of(language: str) -> Rules:
    """Return the rules of a canonical language."""
    return _RULES.get(language, _DEFAULT)
