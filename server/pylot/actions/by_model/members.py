"""Which members a class still has to implement, and their stubs: worked out from its bases alone (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pylot.actions.by_model.answers import dedented, indented
from pylot.actions.by_model.bodies import indent_step
from pylot.actions.by_model.imported import Found, find_class
from pylot.actions.by_model.task import Project
from pylot.actions.by_model.units import Unit, unit_of
from pylot.syntax.code_nodes import Code, CodeNode

IMPLEMENTED_LANGUAGES = frozenset({"python", "typescript", "tsx", "java"})
_MOST_DEPTH = 4
_NO_NEED = frozenset({"object", "ABC", "Protocol", "Generic", "Enum", "Exception", "NamedTuple", "TypedDict"})


@dataclass(frozen=True, slots=True)
class Member:
    """One member to implement: its stub as lines without indentation, and where it was declared."""

    name: str
    stub: str
    base: str
    path: str = ""


def bases_of(unit: Unit) -> list[str]:
    """Return the names of the classes and interfaces that a class derives from, without what they are applied to."""
    node = unit.node
    if node.code.language == "python":
        listed = node.field("superclasses")
        named = [each for each in listed.named if each.type != "keyword_argument"] if listed is not None else []
    else:
        heads = [each for each in node.named if each.type in ("class_heritage", "super_interfaces", "superclass")]
        kinds = ("type_identifier", "identifier", "nested_type_identifier")
        named = [each for head in heads for each in head.walk() if each.type in kinds and not _is_argument(each)]
    names = [re.split(r"[\[<(]", each.text, maxsplit=1)[0] for each in named]
    return [name for name in dict.fromkeys(names) if name.rpartition(".")[2] not in _NO_NEED]


def missing_members(unit: Unit, project: Project | None) -> list[Member]:
    """Return what the bases of a class leave to it, in their order."""
    found: dict[str, Member] = {}
    done = {name for name, _ in _defined(unit)}
    for member in _left_open(unit, project, "", _MOST_DEPTH):
        if member.name not in done:
            found.setdefault(member.name, member)
    return list(found.values())


def with_stubs(unit: Unit, members: Mapping[str, str]) -> tuple[int, int, str]:
    """Return where the members of a class go and the text that puts them there."""
    code, body = unit.node.code, unit.body
    assert body is not None
    indent = unit.indent + indent_step(code.text, unit)
    blocks = [indented(text, indent) for text in members.values()]
    if code.language == "python":
        named = body.named
        is_empty = len(named) == 1 and (named[0].type == "pass_statement" or named[0].text == "...")
        start, end = (named[0].start, named[0].end) if is_empty else (body.end, body.end)
        text = "\n\n".join(blocks)
        return (start, end, text.lstrip()) if is_empty else (start, end, f"\n\n{text}")
    end = body.end - 1
    start = end - (len(code.text[body.start : end]) - len(code.text[body.start : end].rstrip()))
    gap = "\n" if code.text[body.start : start].strip() == "{" else "\n\n"
    return start, end, gap + "\n\n".join(blocks) + f"\n{unit.indent}"


def _left_open(unit: Unit, project: Project | None, path: str, depth: int) -> Iterator[Member]:
    """Yield the abstract members of all bases, the nearest first, but for what a base in between implements."""
    if depth == 0:
        return
    for name in bases_of(unit):
        found = find_class(unit.node.code, name, project, path)
        if found is None or found.unit.node == unit.node:
            continue
        defined = {each for each, is_open in _defined(found.unit) if not is_open}
        yield from _abstract(found)
        for member in _left_open(found.unit, project, found.path, depth - 1):
            if member.name not in defined:
                yield member


def _defined(unit: Unit) -> Iterator[tuple[str, bool]]:
    """Yield the members that a class has itself, and whether each is abstract."""
    for node in unit.body.named if unit.body is not None else ():
        inner = unit_of(node)
        if inner is not None and inner.kind == "function":
            yield inner.name, _is_abstract(unit, node, inner)
            continue
        name = node.field("name")
        if node.type == "expression_statement" and node.named and node.named[0].type == "assignment":
            name = node.named[0].field("left")
        if name is not None:
            yield name.text, node.type in ("method_signature", "property_signature", "abstract_method_signature")


def _abstract(found: Found) -> Iterator[Member]:
    unit = found.unit
    for node in unit.body.named if unit.body is not None else ():
        inner = unit_of(node)
        if inner is not None and inner.kind == "function":
            if _is_abstract(unit, node, inner):
                yield Member(inner.name, _stub(unit.node.code, inner), unit.name, found.path)
        elif node.type in ("method_signature", "abstract_method_signature", "property_signature"):
            name = node.field("name")
            if name is not None and "?" not in node.text.split("(")[0].split(":")[0]:
                yield Member(name.text, _script_stub(node), unit.name, found.path)


def _is_abstract(unit: Unit, node: CodeNode, inner: Unit) -> bool:
    language = unit.node.code.language
    if language == "python":
        decorators = [each.text for each in node.named if each.type == "decorator"]
        if any(each.rpartition(".")[2].lstrip("@").startswith("abstract") for each in decorators):
            return True
        statements = inner.statements
        is_protocol = "Protocol" in (unit.node.field("superclasses") or unit.node).text.split("\n", 1)[0]
        is_raised = len(statements) == 1 and statements[0].text.startswith("raise NotImplementedError")
        return is_raised or (is_protocol and inner.is_stub)
    if language == "java":
        words = inner.text.split("{", 1)[0].split("(", 1)[0].split()
        return inner.body is None and "static" not in words
    return False


def _stub(code: Code, inner: Unit) -> str:
    if code.language == "java":
        head = re.sub(r"\b(?:public|abstract|protected|default)\s+", "", dedented(inner.indent + inner.text))
        return f"@Override\npublic {head.rstrip(';').rstrip()} {{\n    throw new UnsupportedOperationException();\n}}"
    decorators = [
        each.text
        for each in inner.outer.named
        if each.type == "decorator" and "abstract" not in each.text and "overload" not in each.text
    ]
    text = code.text[inner.node.start : inner.body.start if inner.body else inner.end]
    head = dedented(inner.indent + text[: text.rindex(":") + 1])
    return "\n".join([*decorators, head, "    raise NotImplementedError"])


def _script_stub(node: CodeNode) -> str:
    text = re.sub(r"^(?:(?:public|protected|abstract|readonly)\s+)+", "", node.text.rstrip(";, \n"))
    if node.type == "property_signature":
        return f"{text.replace(':', '!:', 1)};"
    return f'{text} {{\n    throw new Error("Not implemented");\n}}'


def _is_argument(node: CodeNode) -> bool:
    """Tell whether a name is what a base is applied to, and so no base itself."""
    for each in node.around():
        if each.type in ("class_heritage", "super_interfaces", "superclass"):
            return False
        if each.type in ("type_arguments", "arguments"):
            return True
    return False
