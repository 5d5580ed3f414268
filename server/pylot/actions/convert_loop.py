"""A loop that fills a list, set or dictionary as a comprehension, and back (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import statement_around
from pylot.actions.fresh_names import fresh_name
from pylot.actions.layout import begins_line, indent_at, indent_unit, newline_of, spans_lines
from pylot.actions.offer import REWRITE, Offer, Place, Plan
from pylot.actions.shapes import SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode, is_comment

_PYTHON = SHAPES["python"]
_EMPTY = {"[]": "list", "list()": "list", "set()": "set", "{}": "dictionary", "dict()": "dictionary"}
_METHODS = {"append": "list", "add": "set"}
_COMPREHENSIONS = {
    "list_comprehension": "list",
    "set_comprehension": "set",
    "dictionary_comprehension": "dictionary",
}
_NEVER = words("await yield named_expression")


@dataclass(frozen=True, slots=True)
class _Loop:
    """A collection, and how it is filled: `heads` are the loops and conditions, `added` a value or a key and one."""

    name: str
    kind: str
    heads: tuple[tuple[CodeNode, ...], ...]
    added: tuple[CodeNode, ...]
    start: int
    end: int
    first: CodeNode


class ConvertLoop:
    """Offer the other way of filling a collection."""

    id = "convert-loop"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return an offer on the head of a loop, or in a comprehension."""
        if place.language != "python" or place.code is None:
            return
        if (node := _node_at(place, ("for_statement",))) is not None and _loop(node) is not None:
            yield Offer("Convert to comprehension", REWRITE, f"{self.id}/comprehension")
        if (node := _node_at(place, tuple(_COMPREHENSIONS))) is not None and _comprehension(node) is not None:
            yield Offer("Convert to loop", REWRITE, f"{self.id}/loop")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edit that exchanges one for the other."""
        to_loop = offer.id.endswith("/loop")
        node = _node_at(place, tuple(_COMPREHENSIONS) if to_loop else ("for_statement",))
        loop = None if node is None else _comprehension(node) if to_loop else _loop(node)
        if loop is None:
            raise ActionRefusedError("There is nothing here that could be written the other way.")
        if to_loop:
            return Plan((TextEdit(loop.start, loop.end, _as_loop(loop)),))
        return Plan((TextEdit(loop.start, loop.end, f"{loop.name} = {_as_comprehension(loop)}"),))


def _node_at(place: Place, kinds: tuple[str, ...]) -> CodeNode | None:
    assert place.code is not None
    node = place.code.smallest(place.start, place.end)
    for each in (node, *node.around()):
        if each.type in kinds:
            body = each.field("body") if each.type == "for_statement" else None
            return each if body is None or place.start <= body.start else None
        if each.type in _PYTHON.blocks | _PYTHON.functions:
            return None
    return None


def _loop(node: CodeNode) -> _Loop | None:
    """Return what a loop fills, if it does nothing else."""
    before = _previous(node)
    made = before.named[0] if before is not None and before.type == "expression_statement" and before.named else None
    if before is None or made is None or made.type != "assignment" or made.field("type") is not None or node.has_error:
        return None
    left, right = made.field("left"), made.field("right")
    kind = _EMPTY.get(right.text) if right is not None else None
    if left is None or left.type != "identifier" or kind is None or not begins_line(node.code.text, before.start):
        return None
    heads, inner = _heads(node)
    added = _added(inner, left.text, kind) if inner is not None else None
    if added is None or not heads or any(is_comment(each.type) for each in (*node.walk(), *_between(before, node))):
        return None
    loop = _Loop(left.text, kind, heads, added, before.start, node.end, node)
    return loop if _is_private(loop, made) else None


def _heads(node: CodeNode) -> tuple[tuple[tuple[CodeNode, ...], ...], CodeNode | None]:
    """Return the loops and conditions around one statement, and that statement."""
    heads: list[tuple[CodeNode, ...]] = []
    while node.type in ("for_statement", "if_statement"):
        if node.field("alternative") is not None or any(each.text == "async" for each in node.children[:1]):
            return (), None
        fields = ("left", "right") if node.type == "for_statement" else ("condition",)
        heads.append(tuple(each for name in fields if (each := node.field(name)) is not None))
        body = node.field("body") or node.field("consequence")
        if body is None or len(body.named) != 1:
            return (), None
        node = body.named[0]
    return tuple(heads), node


def _added(statement: CodeNode, name: str, kind: str) -> tuple[CodeNode, ...] | None:
    inner = statement.named[0] if statement.type == "expression_statement" and len(statement.named) == 1 else None
    if inner is None:
        return None
    if kind == "dictionary":
        left, right = inner.field("left"), inner.field("right")
        is_item = inner.type == "assignment" and left is not None and left.type == "subscript" and len(left.named) == 2
        if not is_item or left is None or right is None or left.named[0].text != name:
            return None
        if left.named[1].type == "slice" or (_acts(left.named[1]) and _acts(right)):
            return None
        return left.named[1], right
    called, listed = inner.field("function"), inner.field("arguments")
    if inner.type != "call" or called is None or listed is None or called.type != "attribute" or len(listed.named) != 1:
        return None
    owner, method, value = called.field("object"), called.field("attribute"), listed.named[0]
    if owner is None or owner.text != name or method is None or _METHODS.get(method.text) != kind:
        return None
    is_value = (
        value.type not in ("keyword_argument", "list_splat", "dictionary_splat") and listed.type == "argument_list"
    )
    return (value,) if is_value else None


def _acts(node: CodeNode) -> bool:
    return any(each.type in _PYTHON.effects for each in node.walk())


def _is_private(loop: _Loop, made: CodeNode) -> bool:
    """Tell whether nothing but the loop sees its names, and no other function the collection."""
    code, bindings = loop.first.code, loop.first.code.bindings
    assert bindings is not None
    parts = [each for head in loop.heads for each in head] + list(loop.added)
    if any(each.type in _NEVER or each.text in ("super", "locals", "eval") for part in parts for each in part.walk()):
        return False
    targets = [head[0] for head in loop.heads if len(head) == 2]
    if any(each.type not in ("identifier", "pattern_list", "tuple_pattern") for each in targets):
        return False
    names = {leaf.start for target in targets for leaf in target.walk() if leaf.type == "identifier"}
    found = [each for start in names if (each := bindings.bindings.starting_at(start)) is not None]
    for binding in (*found, *bindings.named(loop.name)):
        scope, name = binding.scope, binding.name
        starts = {each.start for each in binding.occurrences}
        is_function = scope >= 0 and bindings.scopes[scope].kind == "function"
        if starts & names and not (is_function and all(loop.first.start <= each < loop.first.end for each in starts)):
            return False
        if name == loop.name and made.start in starts:
            inside = [each for each in binding.occurrences if loop.first.start <= each.start < loop.end]
            if not is_function or len(inside) != 1 or any(each.scope != scope for each in binding.occurrences):
                return False
    return not any(each.type == "try_statement" for each in _within_function(loop.first)) and code.language == "python"


def _within_function(node: CodeNode) -> list[CodeNode]:
    found = []
    for each in node.around():
        if each.type in _PYTHON.functions:
            break
        found.append(each)
    return found


def _as_comprehension(loop: _Loop) -> str:
    value = ": ".join(_closed(each) for each in loop.added)
    clauses = [
        f"for {head[0].text} in {_operand(head[1])}" if len(head) == 2 else f"if {_operand(head[0])}"
        for head in loop.heads
    ]
    opening, closing = ("[", "]") if loop.kind == "list" else ("{", "}")
    return f"{opening}{value} {' '.join(clauses)}{closing}"


def _comprehension(node: CodeNode) -> _Loop | None:
    """Return what a comprehension fills, if a statement gives that a name or returns it."""
    statement = statement_around(node, _PYTHON)
    body = node.field("body")
    if statement is None or body is None or node.has_error or any(is_comment(each.type) for each in node.walk()):
        return None
    holder, name = node.parent, ""
    if holder is not None and holder.type == "assignment" and holder.parent == statement:
        left = holder.field("left")
        is_plain = left is not None and left.type == "identifier" and holder.field("type") is None
        name = left.text if left is not None and is_plain else ""
    elif holder == statement and statement.type == "return_statement":
        name = fresh_name("items" if node.type != "dictionary_comprehension" else "mapping", node.code)
    if not name or not begins_line(node.code.text, statement.start):
        return None
    heads = []
    for each in node.named[1:]:
        if any(token.text == "async" for token in each.children):
            return None
        parts = (each.field("left"), each.field("right")) if each.type == "for_in_clause" else (each.named[0],)
        heads.append(tuple(part for part in parts if part is not None))
    added = tuple(body.named) if body.type == "pair" else (body,)
    loop = _Loop(name, _COMPREHENSIONS[node.type], tuple(heads), added, statement.start, statement.end, node)
    return loop if _can_leak(loop, statement) else None


def _can_leak(loop: _Loop, statement: CodeNode) -> bool:
    """Tell whether a comprehension's names can be its function's, and the collection grow under its own name."""
    bindings = loop.first.code.bindings
    if bindings is None or any(each.type in _NEVER for each in loop.first.walk()):
        return False
    if loop.kind == "dictionary" and all(_acts(each) for each in loop.added):
        return False
    inner = {
        each.name for each in bindings.bindings.between(loop.first.start, loop.first.end)
        if each.scope >= 0 and bindings.scopes[each.scope].start >= loop.first.start
        and bindings.scopes[each.scope].end <= loop.end
    }  # fmt: skip
    own = next((each for each in statement.around() if each.type == "function_definition"), None)
    if own is None or any(each.type == "class_definition" and each.start > own.start for each in statement.around()):
        return False
    used = {
        leaf.text for leaf in own.walk()
        if leaf.type == "identifier" and not loop.first.start <= leaf.start < loop.first.end
    }  # fmt: skip
    within = [leaf.text for leaf in loop.first.walk() if leaf.type == "identifier"]
    is_captured = any(
        each.scope != binding.scope
        for binding in bindings.named(loop.name)
        if binding.scope >= 0
        for each in binding.occurrences
    )
    return not inner & used and loop.name not in within and not is_captured and not any(
        each.type in _PYTHON.functions or each.type in _COMPREHENSIONS or each.type == "generator_expression"
        for each in loop.first.walk() if each != loop.first
    )  # fmt: skip


def _as_loop(loop: _Loop) -> str:
    text = loop.first.code.text
    newline, unit = newline_of(text), indent_unit(text)
    indent = indent_at(text, loop.start)
    empty = {"list": "[]", "set": "set()", "dictionary": "{}"}[loop.kind]
    lines = [f"{loop.name} = {empty}"]
    for head in loop.heads:
        lines.append(
            f"{indent}for {head[0].text} in {_line(head[1])}:" if len(head) == 2 else f"{indent}if {_line(head[0])}:"
        )
        indent += unit
    if loop.kind == "dictionary":
        lines.append(f"{indent}{loop.name}[{loop.added[0].text}] = {_line(loop.added[1])}")
    else:
        method = "append" if loop.kind == "list" else "add"
        lines.append(f"{indent}{loop.name}.{method}({loop.added[0].text})")
    if text.startswith("return", loop.start):
        lines.append(f"{indent_at(text, loop.start)}return {loop.name}")
    return newline.join(lines)


def _line(node: CodeNode) -> str:
    return f"({node.text})" if spans_lines(node) or node.type == "named_expression" else node.text


def _operand(node: CodeNode) -> str:
    loose = ("conditional_expression", "lambda", "expression_list", "named_expression")
    return f"({node.text})" if node.type in loose else node.text


def _closed(node: CodeNode) -> str:
    return f"({node.text})" if node.type in ("expression_list", "named_expression", "lambda") else node.text


def _previous(node: CodeNode) -> CodeNode | None:
    before = [each for each in node.parent.named if each.end <= node.start] if node.parent is not None else []
    return before[-1] if before else None


def _between(before: CodeNode, after: CodeNode) -> list[CodeNode]:
    parent = after.parent
    return [each for each in parent.children if before.end <= each.start < after.start] if parent is not None else []
