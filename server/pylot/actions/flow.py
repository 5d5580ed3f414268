"""Which values flow into a piece of a function, and which out of it.

Everything errs on the safe side: a name counts as read before it is set wherever that cannot be excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pylot.actions.shapes import words
from pylot.syntax.binding_values import FREE
from pylot.syntax.code_nodes import CodeNode

Key = tuple[int, str]
"""A name and the scope that it belongs to."""
Set = frozenset[Key] | None
"""The names that certainly have a value; None where nothing comes through."""

_LEAVES = words("return_statement raise_statement throw_statement break_statement continue_statement")
_NESTED = words(
    """function_definition lambda class_definition function_declaration generator_function_declaration
    function_expression generator_function arrow_function method_definition class_declaration class
    abstract_class_declaration generator_expression"""
)
_PERHAPS = words("boolean_operator conditional_expression comparison_operator assert_statement ternary_expression "
                 "list_comprehension set_comprehension dictionary_comprehension")  # fmt: skip
_SWALLOWING = ("suppress", "aises", "Stack")
_SETTING = words("assignment_expression augmented_assignment_expression for_in_statement update_expression")
_LOOPS = words("for_statement while_statement for_in_statement do_statement")
_BLOCKS = words("module block program statement_block switch_case switch_default class_static_block")


def join(first: Set, second: Set) -> Set:
    """Return what certainly has a value after either of two ways."""
    if first is None:
        return second
    return first if second is None else first & second


@dataclass
class Flow:
    """What a walk through code has met.

    `exposed` are names that may be read before the code itself sets them, `assigned` those that it sets, `captured`
    those that functions in it hold on to, `deleted` those that it deletes.
    """

    places: dict[int, tuple[Key, bool]]
    exposed: set[Key] = field(default_factory=set)
    assigned: set[Key] = field(default_factory=set)
    captured: set[Key] = field(default_factory=set)
    deleted: set[Key] = field(default_factory=set)

    def run(self, nodes: Iterable[CodeNode], known: Set) -> Set:
        """Walk through nodes one after the other and return what certainly has a value at the end."""
        for node in nodes:
            known = self.visit(node, known)
        return known

    def visit(self, node: CodeNode | None, known: Set) -> Set:
        """Walk through one node."""
        if node is None:
            return known
        kind = node.type
        if kind in _NESTED:
            return self._nested(node, known)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            return handler(self, node, known)
        if kind in _PERHAPS or (kind == "binary_expression" and _is_short_cut(node)):
            first = self.visit(node.named[0] if node.named else None, known)
            self.run(node.named[1:], first)
            return first
        if kind in _LEAVES:
            self.run(node.named, known)
            return None
        if not node.children:
            return self._name(node, known)
        return self.run(node.named, known)

    def _name(self, node: CodeNode, known: Set) -> Set:
        found = self.places.get(node.start)
        if found is None:
            return known
        key, is_definition = found
        return self._set(key, known) if is_definition else self.read(key, known)

    def read(self, key: Key, known: Set) -> Set:
        """Take a place that reads a name."""
        if known is not None and key not in known:
            self.exposed.add(key)
        return known

    def _set(self, key: Key, known: Set) -> Set:
        self.assigned.add(key)
        return None if known is None else known | {key}

    def _nested(self, node: CodeNode, known: Set) -> Set:
        name = node.field("name")
        sets = places_set_in(node, self.places)
        for each in node.walk():
            found = self.places.get(each.start) if not each.children else None
            if found is None or (name is not None and each.start == name.start):
                continue
            self.captured.add(found[0])
            self.read(found[0], known)
            if each.start in sets:
                self.assigned.add(found[0])
        return self.visit(name, known) if name is not None and node.type not in ("method_definition",) else known

    def set_targets(self, node: CodeNode | None, known: Set) -> Set:
        """Take what something is assigned to: names are set, all else in it is read."""
        if node is None:
            return known
        if node.type in ("assignment_pattern", "object_assignment_pattern"):
            return self.set_targets(node.field("left"), self.visit(node.field("right"), known))
        if node.children and node.type not in ("attribute", "subscript", "member_expression", "subscript_expression"):
            for each in node.named:
                known = self.set_targets(each, known)
            return known
        if node.children:
            return self.run(node.named, known)
        found = self.places.get(node.start)
        return known if found is None else self._set(found[0], known)

    def branches(self, ways: Sequence[Set]) -> Set:
        """Return what certainly has a value after one of several ways."""
        known: Set = None
        for each in ways:
            known = join(known, each)
        return known


def _is_short_cut(node: CodeNode) -> bool:
    operator = node.field("operator")
    return operator is not None and operator.text in ("&&", "||", "??")


_Handler = Callable[[Flow, CodeNode, Set], Set]


def _if(flow: Flow, node: CodeNode, known: Set) -> Set:
    known = flow.visit(node.field("condition"), known)
    ways, has_else = [flow.visit(node.field("consequence"), known)], False
    for each in node.fields("alternative"):
        if each.type == "elif_clause":
            known = flow.visit(each.field("condition"), known)
            ways.append(flow.visit(each.field("consequence"), known))
        else:
            has_else = True
            ways.append(flow.run(each.named, known))
    return flow.branches(ways if has_else else [*ways, known])


def _while(flow: Flow, node: CodeNode, known: Set) -> Set:
    if node.type == "do_statement":
        flow.visit(node.field("condition"), flow.visit(node.field("body"), known))
        return known
    known = flow.visit(node.field("condition"), known)
    flow.visit(node.field("body"), known)
    flow.visit(node.field("alternative"), known)
    return known


def _for(flow: Flow, node: CodeNode, known: Set) -> Set:
    if node.field("right") is None:
        known = flow.visit(node.field("condition"), flow.visit(node.field("initializer"), known))
        flow.visit(node.field("increment"), flow.visit(node.field("body"), known))
        return known
    known = flow.visit(node.field("right"), known)
    flow.visit(node.field("body"), flow.set_targets(node.field("left"), known))
    flow.visit(node.field("alternative"), known)
    return known


def _try(flow: Flow, node: CodeNode, known: Set) -> Set:
    done = flow.visit(node.field("body"), known)
    ways, last = [], None
    for each in node.named:
        if each.type == "else_clause":
            done = flow.run(each.named, done)
        elif each.type in ("except_clause", "except_group_clause", "catch_clause"):
            ways.append(flow.run(each.named, known))
        elif each.type == "finally_clause":
            last = each
    after = flow.branches([done, *ways])
    if last is not None:
        at_end = flow.run(last.named, known)
        after = None if after is None or at_end is None else after | at_end
    return after


def _with(flow: Flow, node: CodeNode, known: Set) -> Set:
    body = node.field("body")
    before = flow.run([each for each in node.named if each != body], known)
    after = flow.visit(body, before)
    head = node.text[: (body.start if body else node.end) - node.start]
    return before if any(each in head for each in _SWALLOWING) else after


def _match(flow: Flow, node: CodeNode, known: Set) -> Set:
    known = flow.run(node.fields("subject"), known)
    ways, is_whole = [], False
    body = node.field("body")
    for case in body.named if body is not None else ():
        ways.append(flow.run(case.named, known))
        pattern = next(iter(case.named), None)
        is_whole |= pattern is not None and pattern.text == "_" and case.field("guard") is None
    return flow.branches(ways if is_whole else [*ways, known])


def _switch(flow: Flow, node: CodeNode, known: Set) -> Set:
    known = flow.visit(node.field("value"), known)
    body = node.field("body")
    for case in body.named if body is not None else ():
        flow.run(case.named, known)
    return known


def _assignment(flow: Flow, node: CodeNode, known: Set) -> Set:
    right = node.field("right")
    if right is None:
        return flow.visit(node.field("type"), known)
    known = flow.visit(node.field("type"), flow.visit(right, known))
    return flow.set_targets(node.field("left"), known)


def _augmented(flow: Flow, node: CodeNode, known: Set) -> Set:
    left = node.field("left") or node.field("argument")
    found = flow.places.get(left.start) if left is not None and not left.children else None
    if found is not None:
        flow.read(found[0], known)
    known = flow.visit(node.field("right"), known)
    return flow.set_targets(left, known)


def _named(flow: Flow, node: CodeNode, known: Set) -> Set:
    known = flow.visit(node.field("value"), flow.visit(node.field("type"), known))
    return flow.set_targets(node.field("name"), known)


def _delete(flow: Flow, node: CodeNode, known: Set) -> Set:
    for each in node.walk():
        found = flow.places.get(each.start) if not each.children else None
        if found is not None:
            flow.deleted.add(found[0])
            flow.read(found[0], known)
    return known


_HANDLERS: dict[str, _Handler] = {
    "if_statement": _if,
    "while_statement": _while,
    "do_statement": _while,
    "for_statement": _for,
    "for_in_statement": _for,
    "try_statement": _try,
    "with_statement": _with,
    "match_statement": _match,
    "switch_statement": _switch,
    "assignment": _assignment,
    "assignment_expression": _assignment,
    "augmented_assignment": _augmented,
    "augmented_assignment_expression": _augmented,
    "update_expression": _augmented,
    "named_expression": _named,
    "variable_declarator": _named,
    "delete_statement": _delete,
}


def places_set_in(node: CodeNode, places: dict[int, tuple[Key, bool]]) -> set[int]:
    """Return where names in a node get a value."""
    first, last = node.start, node.end
    found = {start for start, (_, is_definition) in places.items() if is_definition and first <= start < last}
    if node.code.language == "python":
        return found
    for each in node.find(_SETTING):
        target = each.field("left") or each.field("argument")
        if target is not None and target.type not in ("member_expression", "subscript_expression"):
            found |= {leaf.start for leaf in target.walk() if not leaf.children and leaf.start in places}
    return found


def places_of(function: CodeNode | None, code_root: CodeNode) -> dict[int, tuple[Key, bool]]:
    """Return every place of a name in a function that the function, or one around it, gives its value."""
    code = code_root.code
    bindings = code.bindings
    found: dict[int, tuple[Key, bool]] = {}
    if bindings is None:
        return found
    start, end = (function.start, function.end) if function is not None else (0, len(code.text))
    for binding in bindings.bindings.between(start, end):
        if binding.scope == FREE or (binding.scope == 0 and function is not None):
            continue
        for each in binding.occurrences:
            if start <= each.start < end:
                found[each.start] = ((binding.scope, binding.name), each.is_definition)
    return found


def exposed_after(last: CodeNode, function: CodeNode | None, places: dict[int, tuple[Key, bool]]) -> Flow:
    """Return what may be read after a statement, up to the end of its function, by way of loops and handlers too.

    The `captured` names are those that may be read after an error in the middle of what comes before.
    """
    flow, handlers = Flow(places), Flow(places)
    goes_on = False
    known: Set = frozenset()
    node = last
    parent = node.parent
    while parent is not None and node != function:
        if parent.type in _BLOCKS:
            rest = [each for each in parent.named if each.start >= node.end]
            known = flow.run(rest, known)
            if goes_on:
                handlers.run(rest, frozenset())
        elif parent.type in _LOOPS:
            flow.visit(parent, known)
        elif parent.type == "try_statement":
            for each in parent.named:
                if each.start >= node.end and each.type != "else_clause":
                    goes_on |= handlers.run(each.named, frozenset()) is not None and each.type != "finally_clause"
                elif each.start >= node.end:
                    flow.run(each.named, known)
            known = frozenset()
        known = frozenset() if known is None else known
        node, parent = parent, parent.parent
    flow.captured = handlers.exposed
    return flow


def known_before(first: CodeNode, function: CodeNode | None, places: dict[int, tuple[Key, bool]]) -> frozenset[Key]:
    """Return the names that certainly have a value where a statement begins."""
    flow = Flow(places)
    path = [first]
    for each in first.around():
        path.append(each)
        if each == function:
            break
    known: Set = frozenset()
    for outer, inner in pairwise(reversed(path)):
        known = _entering(flow, outer, inner, known if known is not None else frozenset())
    return known if known is not None else frozenset()


def _entering(flow: Flow, outer: CodeNode, inner: CodeNode, known: Set) -> Set:
    """Return what certainly has a value where a part of a node begins."""
    if outer.type in _NESTED:
        for name in ("parameters", "parameter"):
            listed = outer.field(name)
            known = flow.set_targets(listed, known) if listed is not None and listed != inner else known
        return known
    if outer.type in _BLOCKS:
        return flow.run([each for each in outer.named if each.end <= inner.start], known)
    if outer.type in ("for_statement", "for_in_statement") and outer.field("body") == inner:
        return flow.set_targets(outer.field("left"), flow.visit(outer.field("initializer"), known))
    if outer.type in ("for_statement", "for_in_statement", "finally_clause", "while_statement"):
        return flow.visit(outer.field("condition"), known)
    if outer.type == "try_statement":
        body = outer.field("body")
        return flow.visit(body, known) if inner.type == "else_clause" else known
    if outer.type in ("with_statement", "except_clause", "except_group_clause", "catch_clause", "case_clause",
                      "with_clause", "with_item", "as_pattern"):  # fmt: skip
        return flow.run([each for each in outer.named if each.end <= inner.start], known)
    if outer.type in ("if_statement", "elif_clause"):
        condition = outer.field("condition")
        return flow.visit(condition, known) if condition is not None and condition.end <= inner.start else known
    return known
