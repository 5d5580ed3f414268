"""What the queries cannot say about a language: what is public, how imports read, where documentation stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from tree_sitter import Node

from pylot.syntax import package_imports, python_imports, script_imports
from pylot.syntax.symbol_values import Import, Kind


@dataclass(frozen=True, slots=True)
class Rules:
    """One language.

    `wrappers` are nodes that belong to the definition inside them, `receiver` is how a method names its object with
    the dot behind; `is_public` is told a name, its signature and the kind of what it is defined in, `imports` the text
    of a statement and its line. `lists_exports` says that only what is exported is public, in a file that exports
    anything; `sigils` are what its names are written with in front,
    `counts` tells of a captured name whether it is one, and `words_tell_uses` says that its query captures words alone.
    """

    imports: Callable[[str, int], list[Import]]
    is_public: Callable[[str, str, Kind | None], bool]
    wrappers: frozenset[str] = frozenset()
    receiver: bytes = b""
    has_docstrings: bool = False
    lists_exports: bool = False
    sigils: str = ""
    counts: Callable[[bytes, Node], bool] | None = None
    words_tell_uses: bool = False


def _is_public_python(name: str, _: str, __: Kind | None) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _without(*words: str) -> Callable[[str, str, Kind | None], bool]:
    hidden = re.compile(rf"\b(?:{'|'.join(words)})\b")
    return lambda name, signature, _: not hidden.search(signature.partition("(")[0])


def _is_public_script(name: str, signature: str, _: Kind | None) -> bool:
    return not name.startswith(("_", "#")) and not _HIDDEN_MEMBER.match(signature)


def _is_public_go(name: str, _: str, __: Kind | None) -> bool:
    return name[:1].isupper()


def _is_public_rust(_: str, signature: str, outer: Kind | None) -> bool:
    return outer in ("interface", "enum") or signature.startswith("pub")


def _is_public_c(_: str, signature: str, outer: Kind | None) -> bool:
    return outer is not None or not signature.startswith("static ")


def _is_public_csharp(_: str, signature: str, outer: Kind | None) -> bool:
    head = signature.partition("(")[0]
    return (outer != "class" and "private" not in head) or bool(_SHOWN_MEMBER.search(head))


def _is_public_anyway(_: str, __: str, ___: Kind | None) -> bool:
    return True


def _imports_nothing(_: str, __: int) -> list[Import]:
    return []


def _counts_in_html(data: bytes, name: Node) -> bool:
    """Tell whether a name is an `id`, or the text of a heading or of the page's title."""
    start = name.start_byte
    if name.type == "attribute_value":
        return data[max(0, start - 5) : start - 1].lstrip() == b"id="
    return bool(_HEADING.match(data, data.rfind(b"<", 0, start)))


def _counts_in_css(data: bytes, name: Node) -> bool:
    """Tell whether a name is a selector, or a property that others may use."""
    return name.type != "property_name" or data.startswith(b"--", name.start_byte)


_HEADING = re.compile(rb"<(?:h[1-6]|title)\b", re.IGNORECASE)
_HIDDEN_MEMBER = re.compile(r"(?:static\s+)?(?:private|protected)\b")
_SHOWN_MEMBER = re.compile(r"\b(?:public|internal|protected)\b")
_SCRIPT = Rules(
    script_imports.script_imports,
    _is_public_script,
    frozenset({"export_statement", "lexical_declaration", "variable_declaration", "ambient_declaration"}),
    b"this.",
    lists_exports=True,
)
_C = Rules(package_imports.included, _is_public_c, frozenset({"template_declaration"}))
_RULES = MappingProxyType(
    {
        "python": Rules(
            python_imports.python_imports,
            _is_public_python,
            receiver=b"self.",
            has_docstrings=True,
            words_tell_uses=True,
        ),
        "javascript": _SCRIPT,
        "typescript": _SCRIPT,
        "tsx": _SCRIPT,
        "go": Rules(package_imports.go_import, _is_public_go),
        "rust": Rules(package_imports.rust_uses, _is_public_rust),
        "java": Rules(package_imports.dotted_imports, _without("private")),
        "kotlin": Rules(package_imports.dotted_imports, _without("private")),
        "scala": Rules(package_imports.dotted_imports, _without("private")),
        "c": _C,
        "cpp": _C,
        "csharp": Rules(package_imports.csharp_using, _is_public_csharp),
        "ruby": Rules(package_imports.ruby_require, lambda name, _, __: not name.startswith("_"), sigils=":@"),
        "php": Rules(package_imports.php_uses, _without("private", "protected")),
        "lua": Rules(package_imports.lua_require, _without("local"), frozenset({"variable_declaration"})),
        "bash": Rules(package_imports.sourced, _is_public_anyway),
        "html": Rules(_imports_nothing, _is_public_anyway, counts=_counts_in_html),
        "css": Rules(_imports_nothing, _is_public_anyway, counts=_counts_in_css),
    }
)
_DEFAULT = Rules(_imports_nothing, _is_public_anyway)


def rules_of(language: str) -> Rules:
    """Return the rules of a canonical language."""
    return _RULES.get(language, _DEFAULT)
