"""An `if` with `else` as a conditional expression, and back (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.layout import begins_line, indent_at, indent_unit, newline_of, spans_lines
from pylot.actions.offer import REWRITE, Offer, Place, Plan
from pylot.actions.shapes import SCRIPTS, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode, is_comment

_LOOSE = words(
    """conditional_expression lambda named_expression expression_list ternary_expression arrow_function
    assignment_expression sequence_expression yield yield_expression"""
)
_NEVER = words("yield yield_expression")


@dataclass(frozen=True, slots=True)
class _Choice:
    """One value or another: `node` is the statement (or the `if` and the `return` behind it) that says so.

    `target` is what it is given to, with the sign in between, or `return`.
    """

    first: CodeNode
    end: int
    target: str
    condition: CodeNode
    yes: CodeNode
    no: CodeNode


class ConvertConditional:
    """Offer the other way of saying that something is one value or another."""

    id = "convert-conditional"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return an offer where the cursor is on an `if` or in a conditional expression."""
        if (choice := _statement_at(place)) is not None and not _has_comment(choice):
            yield Offer("Convert to conditional expression", REWRITE, f"{self.id}/expression")
        if _expression_at(place) is not None:
            yield Offer("Convert to if and else", REWRITE, f"{self.id}/statement")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edit of the one statement."""
        is_expression = offer.id.endswith("/expression")
        choice = _statement_at(place) if is_expression else _expression_at(place)
        if choice is None or (is_expression and _has_comment(choice)):
            raise ActionRefusedError("There is no such condition here.")
        text = _as_expression(choice) if is_expression else _as_statement(choice)
        return Plan((TextEdit(choice.first.start, choice.end, text),))


def _statement_at(place: Place) -> _Choice | None:
    """Return the choice that an `if` at a place makes, if it makes nothing else."""
    node = _around(place, "if_statement")
    if node is None or place.start > _head_end(node) or node.has_error:
        return None
    others = node.fields("alternative")
    yes = _only(node.field("consequence"))
    condition = node.field("condition")
    if yes is None or condition is None or len(others) > 1 or (node.parent and node.parent.type == "else_clause"):
        return None
    if others:
        body = others[0].field("body") or (others[0].named[0] if others[0].named else None)
        return _choice(node, node.end, condition, yes, _only(body)) if others[0].type == "else_clause" else None
    after = _next(node)
    if after is None or yes.type != "return_statement" or after.type != "return_statement":
        return None
    return _choice(node, after.end, condition, yes, after)


def _choice(node: CodeNode, end: int, condition: CodeNode, yes: CodeNode | None, no: CodeNode | None) -> _Choice | None:
    first, second = _given(yes), _given(no)
    if first is None or second is None or first[0] != second[0]:
        return None
    if condition.type == "parenthesized_expression" and len(condition.named) == 1:
        condition = condition.named[0]
    if any(each.type in _NEVER for each in (first[1], second[1])):
        return None
    return _Choice(node, end, first[0], condition, first[1], second[1])


def _given(statement: CodeNode | None) -> tuple[str, CodeNode] | None:
    """Return to what a statement gives which value: the words in front of the value."""
    if statement is None:
        return None
    if statement.type == "return_statement" and len(statement.named) == 1:
        return "return ", statement.named[0]
    inner = statement.named[0] if statement.type == "expression_statement" and len(statement.named) == 1 else None
    if inner is None or inner.type not in ("assignment", "assignment_expression") or inner.field("type") is not None:
        return None
    left, right = inner.field("left"), inner.field("right")
    if left is None or right is None or right.type == inner.type or _may_act(left):
        return None
    return f"{left.text} = ", right


def _may_act(target: CodeNode) -> bool:
    """Tell whether working out where something is assigned to may do something."""
    return any("call" in each.type or each.type in ("await", "named_expression") for each in target.walk())


def _expression_at(place: Place) -> _Choice | None:
    """Return the choice of a conditional expression at a place that is all that its statement gives."""
    node = _around(place, "conditional_expression", "ternary_expression")
    if node is None or node.has_error or place.code is None:
        return None
    value = node
    while value.parent is not None and value.parent.type == "parenthesized_expression":
        value = value.parent
    holder = value.parent
    statement = holder if holder is not None and holder.type == "return_statement" else holder and holder.parent
    given = _given(statement) if statement is not None else None
    if statement is None or given is None or given[1] != value or not begins_line(place.text, statement.start):
        return None
    if statement.parent is None or statement.parent.type not in ("block", "module", "statement_block", "program"):
        return None
    if node.type == "conditional_expression":
        yes, condition, no = node.named
    else:
        parts = [node.field(name) for name in ("condition", "consequence", "alternative")]
        condition, yes, no = (each for each in parts if each is not None)
    choice = _Choice(statement, statement.end, given[0], condition, yes, no)
    return None if _has_comment(choice) else choice


def _as_expression(choice: _Choice) -> str:
    yes, condition, no = (_closed(each) for each in (choice.yes, choice.condition, choice.no))
    if choice.first.code.language in SCRIPTS:
        end = ";" if choice.first.code.text[choice.end - 1] in ";}" else ""
        return f"{choice.target}{condition} ? {yes} : {no}{end}"
    value = f"{yes} if {condition} else {no}"
    is_long = any(spans_lines(each) for each in (choice.yes, choice.condition, choice.no))
    return f"{choice.target}({value})" if is_long else f"{choice.target}{value}"


def _as_statement(choice: _Choice) -> str:
    text = choice.first.code.text
    newline, indent, unit = newline_of(text), indent_at(text, choice.first.start), indent_unit(text)
    yes, condition, no = (_open(each) for each in (choice.yes, choice.condition, choice.no))
    inner = f"{newline}{indent}{unit}{choice.target}"
    if choice.first.code.language in SCRIPTS:
        end = ";" if text[choice.end - 1] == ";" else ""
        first = f"if ({condition}) {{{inner}{yes}{end}{newline}{indent}}}"
        return f"{first} else {{{inner}{no}{end}{newline}{indent}}}"
    return f"if {condition}:{inner}{yes}{newline}{indent}else:{inner}{no}"


def _closed(node: CodeNode) -> str:
    return f"({node.text})" if node.type in _LOOSE else node.text


def _open(node: CodeNode) -> str:
    """Return an expression for a line of its own, in brackets where it goes over its end."""
    if node.code.language == "python" and (spans_lines(node) or node.type == "named_expression"):
        return f"({node.text})"
    return node.text


def _has_comment(choice: _Choice) -> bool:
    """Tell whether a comment would be lost."""
    text = choice.first.code.text
    parts = [choice.first, *((_next(choice.first),) if choice.end > choice.first.end else ())]
    found = [each for part in parts if part is not None for each in part.walk() if is_comment(each.type)]
    rest = text[choice.end :].split("\n", 1)[0].strip()
    return bool(found) or (choice.end > choice.first.end and rest.startswith(("#", "//")))


def _around(place: Place, *kinds: str) -> CodeNode | None:
    if place.code is None or place.language not in SCRIPTS | {"python"}:
        return None
    node = place.code.smallest(place.start, max(place.end, place.start))
    for each in (node, *node.around()):
        if each.type in kinds:
            return each
        if each.type in ("block", "statement_block", "function_definition", "lambda", "arrow_function"):
            return None
    return None


def _head_end(node: CodeNode) -> int:
    body = node.field("consequence")
    return body.start if body is not None else node.end


def _only(block: CodeNode | None) -> CodeNode | None:
    """Return the only statement of a block."""
    if block is None:
        return None
    if block.type not in ("block", "statement_block"):
        return block
    return block.named[0] if len(block.named) == 1 else None


def _next(node: CodeNode) -> CodeNode | None:
    after = [each for each in node.parent.named if each.start >= node.end] if node.parent is not None else []
    return after[0] if after else None
