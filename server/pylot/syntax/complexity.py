"""How many ways lead through each function (McCabe, "A Complexity Measure", 1976)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from tree_sitter import Node

from pylot.syntax.symbol_values import CALLABLES, Definition
from pylot.syntax.tree import SyntaxTree

_KINDS = """
    if_statement elif_clause if_expression if if_clause if_modifier unless elsif else_if_clause
    for_statement for_in_statement for_in_clause for_expression for_range_loop enhanced_for_statement foreach_statement
    for c_style_for_statement while_statement while_expression while until until_modifier while_modifier do_statement
    loop_expression repeat_statement
    except_clause except_group_clause catch_clause rescue
    case_clause switch_case case_statement expression_case type_case communication_case switch_section
    switch_block_statement_group switch_rule switch_expression_arm match_arm when case_item
    conditional_expression ternary_expression conditional boolean_operator
"""
_DECISIONS = frozenset(_KINDS.split())
_BINARY = frozenset({"binary_expression", "binary"})
_OPERATORS = frozenset({"&&", "||", "??", "and", "or"})


def complexities(tree: SyntaxTree, definitions: Sequence[Definition]) -> Mapping[Definition, int]:
    """Return for each function and method one more than the decisions in it, without those of functions within it."""
    functions = sorted(
        (each for each in definitions if each.kind in CALLABLES), key=lambda each: (each.start_line, -each.end_line)
    )
    found = dict.fromkeys(functions, 1)
    starts = [each.start_line for each in functions]
    for line in _decision_lines(tree):
        position = bisect_right(starts, line) - 1
        while position >= 0 and functions[position].end_line < line:
            position -= 1
        if position >= 0:
            found[functions[position]] += 1
    return found


def _decision_lines(tree: SyntaxTree) -> list[int]:
    lines, pending = [], [tree.root]
    while pending:
        node = pending.pop()
        if node.type in _DECISIONS if node.is_named else _is_operator(node):
            lines.append(node.start_point[0])
        pending += node.children
    return lines


def _is_operator(node: Node) -> bool:
    """Tell whether what stands there joins two conditions, in grammars that have one kind for all binary operators."""
    return node.type in _OPERATORS and node.parent is not None and node.parent.type in _BINARY
