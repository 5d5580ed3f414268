"""What a function takes, returns and raises, read from its source: what documentation has to agree with (L5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.by_model.units import Unit, is_docstring
from pylot.syntax.code_nodes import CodeNode, is_comment

UNNAMED = "options"
"""What a parameter is called that is taken apart where it stands (`{width, height}`)."""
_SPLATS = ("list_splat_pattern", "dictionary_splat_pattern", "rest_pattern")
_INNER = ("function_definition", "lambda", "class_definition", "function_declaration", "arrow_function",
          "function_expression", "method_definition", "class_declaration", "closure_expression", "func_literal",
          "lambda_expression")  # fmt: skip
_NOTHING = frozenset({"", "None", "void", "never", "()", "Promise<void>", "undefined"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `type` is as written, `name` has its stars in front where it takes many."""

    name: str
    type: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as its callers see it; `returns` is the type as written, or `?` where something unnamed comes back."""

    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    yields: bool = False
    raises: tuple[str, ...] = ()


def signature_of(unit: Unit) -> Signature:
    """Return what the source of a function says; a class is what its constructor takes."""
    if unit.kind == "class":
        return Signature()
    node = unit.node
    own = list(_own_nodes(unit.body)) if unit.body is not None else []
    yields = any(each.type in ("yield", "yield_expression") for each in own)
    return Signature(tuple(_parameters(unit)), _returns(node, own, yields), yields, tuple(_raised(own)))


def documented(unit: Unit) -> CodeNode | None:
    """Return the docstring of a unit of Python, or the documentation comment right above another one."""
    code = unit.node.code
    if code.language == "python":
        first = unit.body.named[0] if unit.body is not None and unit.body.named else None
        return first if first is not None and is_docstring(first) else None
    first = unit.outer
    while (before := first.previous) is not None and before.type in ("attribute_item", "decorator"):
        first = before
    above = first.previous
    is_close = above is not None and code.text.count("\n", above.end, unit.start) <= 1
    return above if above is not None and is_close and is_comment(above.type) else None


def _parameters(unit: Unit) -> Iterator[Parameter]:
    node = unit.node
    listed = node.field("parameters")
    if listed is None and (single := node.field("parameter")) is not None:
        yield Parameter(single.text)
        return
    is_method = node.code.language == "python" and _is_in_class(node)
    for index, each in enumerate(listed.named if listed is not None else ()):
        for parameter in _parameter(each):
            if not (is_method and index == 0 and parameter.name in ("self", "cls")):
                yield parameter


def _parameter(node: CodeNode) -> Iterator[Parameter]:
    kind = node.type
    if kind in ("identifier", "shorthand_property_identifier"):
        yield Parameter(node.text)
    elif kind in _SPLATS:
        yield Parameter(node.text.replace("...", ""))
    elif kind in ("object_pattern", "array_pattern"):
        yield Parameter(UNNAMED)
    elif kind in ("assignment_pattern", "default_parameter", "typed_default_parameter"):
        name = node.field("left") or node.field("name")
        for each in _parameter(name) if name is not None else ():
            yield Parameter(each.name, _type(node), is_optional=True)
    elif kind == "typed_parameter":
        yield Parameter(node.named[0].text, _type(node))
    elif kind in ("required_parameter", "optional_parameter"):
        pattern = node.field("pattern")
        for each in _parameter(pattern) if pattern is not None and pattern.type != "this" else ():
            has_default = node.field("value") is not None
            yield Parameter(each.name, _type(node), kind == "optional_parameter" or has_default)
    elif kind in ("parameter_declaration", "formal_parameter", "parameter", "spread_parameter"):
        names = node.fields("name") or node.fields("pattern")
        for name in names:
            yield Parameter(name.text.removeprefix("mut "), _type(node))


def _type(node: CodeNode) -> str:
    found = node.field("type")
    return " ".join(found.text.removeprefix(":").split()) if found is not None else ""


def _returns(node: CodeNode, own: list[CodeNode], yields: bool) -> str:
    found = node.field("return_type") or node.field("result")
    if found is None and node.code.language in ("java", "csharp"):
        found = node.field("type")
    written = " ".join(found.text.removeprefix(":").split()) if found is not None else ""
    if written:
        return "" if written in _NOTHING else written
    returned = any(each.type == "return_statement" and each.named for each in own)
    is_expression = node.type == "arrow_function" and (body := node.field("body")) and body.type != "statement_block"
    return "?" if returned or is_expression or yields else ""


def _raised(own: list[CodeNode]) -> Iterator[str]:
    seen = set()
    for each in own:
        if each.type not in ("raise_statement", "throw_statement"):
            continue
        found = re.match(r"(?:raise|throw)\s+(?:new\s+)?([A-Za-z_][\w.]*)", each.text)
        # What begins with a small letter is an exception that came from elsewhere.
        if found and found[1].rpartition(".")[2][:1].isupper() and found[1] not in seen:
            seen.add(found[1])
            yield found[1]


def _own_nodes(body: CodeNode) -> Iterator[CodeNode]:
    """Yield what a function itself does, without the functions and classes in it."""
    pending = [body]
    while pending:
        node = pending.pop()
        yield node
        pending += [each for each in reversed(node.named) if each.type not in _INNER]


def _is_in_class(node: CodeNode) -> bool:
    around = node.parent
    while around is not None and around.type in ("block", "decorated_definition"):
        around = around.parent
    return around is not None and around.type == "class_definition"
