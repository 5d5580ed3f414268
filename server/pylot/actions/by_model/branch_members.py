"""What the branches of a statement have to cover, as far as its own file says so: members of an enum, literals (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pylot.syntax.code_nodes import Code, CodeNode

_ENUM_BASES = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
_ENUM_NODES = ("class_definition", "enum_declaration", "enum_item")
_WORD = r"""(?:'[^'\n]*'|"[^"\n]*")"""
_UNION = re.compile(rf"{_WORD}(?:\s*\|\s*{_WORD})+")
_LITERAL = re.compile(rf"\bLiteral\[\s*({_WORD}(?:\s*,\s*{_WORD})*)\s*,?\s*\]")
_QUOTED = re.compile(_WORD)


def members_to_cover(code: Code, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return everything that branches with such patterns are to cover, spelled as they are; nothing if nobody says."""
    return _of_enum(code, patterns) or _of_literals(code, patterns)


def _of_enum(code: Code, patterns: Sequence[str]) -> tuple[str, ...]:
    dot = "::" if code.language == "rust" else "."
    names = {pattern.rpartition(dot)[0] for pattern in patterns} - {""}
    for node in code.root.walk() if names else ():
        name, body = node.field("name"), node.field("body")
        if name is None or body is None or name.text not in names or node.type not in _ENUM_NODES:
            continue
        if node.type == "class_definition" and not _is_enum(node):
            continue
        return tuple(f"{name.text}{dot}{each}" for each in _declared(body))
    return ()


def _declared(body: CodeNode) -> Iterator[str]:
    """Yield the members of an enum; those of Rust that hold something are left to the model."""
    for each in body.named:
        if each.type == "expression_statement":
            assigned = each.named[0] if each.named else each
            found = assigned.field("left") if assigned.type == "assignment" else None
        elif each.type in ("property_identifier", "enum_assignment", "enum_constant", "enum_variant"):
            found = each.field("name") or each
        else:
            found = None
        if found is not None:
            yield found.text


def _is_enum(node: CodeNode) -> bool:
    bases = node.field("superclasses")
    return bases is not None and any(each.text.rpartition(".")[2] in _ENUM_BASES for each in bases.named)


def _of_literals(code: Code, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the smallest union of literals in the file that has all that the branches are for."""
    quoted = [each for each in patterns if _QUOTED.fullmatch(each)]
    if not quoted:
        return ()
    quote, wanted = quoted[0][0], {each[1:-1] for each in quoted}
    found = [each for each in _unions(code) if wanted <= set(each)]
    best = min(found, key=len, default=[])
    return tuple(f"{quote}{each}{quote}" for each in best)


def _unions(code: Code) -> Iterable[list[str]]:
    if code.language == "python":
        texts = [found[1] for found in _LITERAL.finditer(code.text)]
    elif code.language in ("typescript", "tsx"):
        texts = [found[0] for found in _UNION.finditer(code.text)]
    else:
        texts = []
    return [[each[1:-1] for each in _QUOTED.findall(text)] for text in texts]
