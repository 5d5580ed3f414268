"""What the queries cannot say about a language: where documentation stands, what is public, how imports read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pylot.syntax.symbol_imports import python_imports, script_imports
from pylot.syntax.symbol_values import Import


@dataclass(frozen=True, slots=True)
class Rules:
    """One language.

    `wrappers` are nodes that belong to the definition inside them, `receiver` is how a method names its object with
    the dot behind; `is_public` is told a name and the first line of its definition, `imports` the text of a statement
    and its line. `lists_exports` says that only what is exported is public, in a file that exports anything.
    """

    imports: Callable[[str, int], list[Import]]
    is_public: Callable[[str, str], bool]
    wrappers: frozenset[str] = frozenset()
    receiver: bytes = b""
    has_docstrings: bool = False
    lists_exports: bool = False


def _is_public_python(name: str, _: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


_HIDDEN_MEMBER = re.compile(r"\s*(?:static\s+)?(?:private|protected)\b")


def _is_public_script(name: str, line: str) -> bool:
    return not name.startswith(("_", "#")) and not _HIDDEN_MEMBER.match(line)


_PYTHON = Rules(python_imports, _is_public_python, frozenset({"decorated_definition"}), b"self.", has_docstrings=True)
_SCRIPT = Rules(
    script_imports,
    _is_public_script,
    frozenset({"export_statement", "lexical_declaration", "variable_declaration", "ambient_declaration"}),
    b"this.",
    lists_exports=True,
)
_RULES = {"python": _PYTHON, "javascript": _SCRIPT, "typescript": _SCRIPT, "tsx": _SCRIPT}
_DEFAULT = Rules(lambda _, __: [], lambda _, __: True)


def rules_of(language: str) -> Rules:
    """Return the rules of a canonical language."""
    return _RULES.get(language, _DEFAULT)
