"""Random selections in real code, and the actions that are tried on them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.checked import checked
from pylot.actions.edits import TextEdit, applied
from pylot.actions.member_names import is_member_name
from pylot.actions.offer import Offer, Place, Plan, Refactoring
from pylot.actions.shapes import SHAPES
from pylot.actions.workspace_code import WorkspaceCode
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import Code, CodeNode, read_code_nodes
from pylot.syntax.symbols import read_symbols

# What conversions begin with.
_FORMS = frozenset(
    {"if_statement", "for_statement", "conditional_expression", "ternary_expression", "list_comprehension",
     "set_comprehension", "dictionary_comprehension", "binary_operator", "string"}
)  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """One action that was tried: the text after it, or the reason why it was refused."""

    action: str
    line: int
    selected: str
    before: str
    after: str = ""
    refused: str = ""


def inverse(edits: tuple[TextEdit, ...], text: str) -> list[TextEdit]:
    """Return the edits that take others back."""
    ordered = sorted(edits)
    shifts = accumulate((len(each.text) - (each.end - each.start) for each in ordered), initial=0)
    return [
        TextEdit(each.start + shift, each.start + shift + len(each.text), text[each.start : each.end])
        for each, shift in zip(ordered, shifts, strict=False)
    ]


def selections(code: Code, chance: random.Random, count: int, kind: str) -> list[tuple[int, int]]:
    """Return random places: selected for `expression` and `statements`, else with the cursor on one of the kind."""
    shape = SHAPES[code.language]
    nodes = list(code.root.walk())
    if kind == "name":
        found = [(each.start, each.start) for each in nodes if each.type == "identifier"]
    elif kind == "member":
        found = [(each.start, each.start) for each in nodes if _is_member(each)]
    elif kind == "form":
        found = [(each.start, each.start) for each in nodes if each.type in _FORMS or _is_defined(each)]
    elif kind == "expression":
        found = [(each.start, each.end) for each in nodes if each.type in shape.expressions]
    else:
        found = [
            run for each in nodes if each.type in shape.blocks and each != code.root for run in _runs(each, chance)
        ]
    return chance.sample(found, min(count, len(found)))


def _is_member(node: CodeNode) -> bool:
    return node.type in ("identifier", "property_identifier") and is_member_name(node)


def _is_defined(node: CodeNode) -> bool:
    """Tell whether a node is the name of a definition or a parameter."""
    parent = node.parent
    return (
        node.type == "identifier"
        and parent is not None
        and (parent.field("name") == node or parent.type in ("parameters", "formal_parameters", "required_parameter"))
    )


def _runs(block: CodeNode, chance: random.Random) -> Iterator[tuple[int, int]]:
    statements = block.named
    if statements:
        first = chance.randrange(len(statements))
        last = min(len(statements) - 1, first + chance.randrange(4))
        yield statements[first].start, statements[last].end


def attempt(
    action: Refactoring,
    text: str,
    language: str,
    span: tuple[int, int],
    code: Code | None = None,
    *,
    is_alone: bool = False,
) -> Tried | None:
    """Try the first offer of an action at a place; None where it has none. A fault of the action raises.

    No other file uses a text that is alone; others may use one that is not.
    """
    code = code or read_code_nodes(text, language)
    path = f"/nowhere/somewhere.{language}"
    place = Place(text, language, *span, path, code)
    offers = list(action.offers(place))
    if not offers:
        return None
    offer = offers[-1] if len(offers) % 2 else offers[0]
    line, selected = text.count("\n", 0, span[0]) + 1, text[span[0] : span[1]]
    if offer.refused:
        return Tried(offer.id, line, selected, text, refused=offer.refused)
    try:
        plan = _planned(action, place, offer, is_alone=is_alone)
    except ActionRefusedError as error:
        return Tried(offer.id, line, selected, text, refused=error.sentence)
    after = applied(text, plan.edits)
    assert applied(after, inverse(plan.edits, text)) == text
    return Tried(offer.id, line, selected, text, after)


def alone(place: Place) -> WorkspaceCode:
    """Return a workspace that has nothing but the file of a place."""
    table = SymbolTable(None)
    table.open("file", read_symbols(place.text, place.language))
    return WorkspaceCode(table, {"file": place.text}.get, "file", place.language)


def _planned(action: Refactoring, place: Place, offer: Offer, *, is_alone: bool) -> Plan:
    if is_alone and isinstance(action, ChangeSignature) and action.reaches_out(place, offer):
        return checked(place, Plan(tuple(sorted(action.plan_everywhere(place, offer, alone(place))[""]))))
    return checked(place, action.plan(place, offer))
