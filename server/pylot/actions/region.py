"""A selected piece of a function: what it is, what flows in and out, and how control leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.actions.evaluation import is_constant
from pylot.actions.extractable import refuse_use
from pylot.actions.flow import Flow, Key, exposed_after, known_before, places_of, places_set_in
from pylot.actions.layout import begins_line, line_end
from pylot.actions.offer import Place
from pylot.actions.shapes import SCRIPTS, SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, FileBindings
from pylot.syntax.code_nodes import CodeNode, is_comment

_NESTED_FUNCTIONS = words(
    """function_definition lambda function_declaration generator_function_declaration function_expression
    generator_function arrow_function method_definition"""
)
_CLASSES = words("class_definition class_declaration class abstract_class_declaration")
_LOOPS = words("for_statement while_statement for_in_statement do_statement")
_FRAMES = ("stacklevel", "_getframe", "currentframe", "__class__")


@dataclass(frozen=True, slots=True)
class Region:
    """The selected statements of one block, or one expression; `function` is what they are in, None for the file."""

    nodes: tuple[CodeNode, ...]
    is_expression: bool
    function: CodeNode | None

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.nodes[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.nodes[-1].end

    @property
    def text(self) -> str:
        """Its source."""
        return self.nodes[0].code.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Flows:
    """What a function made of a region takes and gives.

    `leaves` says that it always returns from the function around it, so that the call is returned instead;
    `declares` are those of the outputs that the region itself declares, `lent` are names that it sets and neither
    declares nor gets (JavaScript).
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    leaves: bool = False
    is_async: bool = False
    declares: frozenset[str] = frozenset()
    lent: tuple[str, ...] = ()


def region_at(place: Place) -> Region | None:
    """Return what is selected if it is whole statements or one expression, else None."""
    code, shape = place.code, SHAPES.get(place.language)
    selected = place.selected
    start = place.start + len(selected) - len(selected.lstrip())
    end = place.end - (len(selected) - len(selected.rstrip()))
    if code is None or shape is None or start >= end:
        return None
    node = code.smallest(start, end)
    for each in (node, *node.around()):
        if (each.start, each.end) == (start, end) and each.type in shape.expressions and not is_constant(each, shape):
            parent = each.parent
            if parent is not None and parent.type != "expression_statement":
                return Region((each,), is_expression=True, function=_function_around(each))
        if each.type in shape.blocks:
            parts = [it for it in each.children if it.start < end and it.end > start and it.text not in "{};:"]
            nodes = [it for it in parts if it.is_named and not is_comment(it.type)]
            if not nodes or (parts[0].start, parts[-1].end) != (start, end):
                return None
            return Region(tuple(nodes), is_expression=False, function=_function_around(nodes[0]))
    return None


def refuse_shape(region: Region) -> None:
    """Refuse what cannot be taken out as it stands.

    Raises:
        ActionRefusedError: the sentence says why.
    """
    text = region.nodes[0].code.text
    if region.is_expression:
        refuse_use(region.nodes[0])
        return
    rest = text[region.end : line_end(text, region.end)].strip()
    is_comment_only = rest.startswith(("#", "//")) or (rest.startswith("/*") and rest.endswith("*/"))
    if not begins_line(text, region.start) or (rest and not is_comment_only):
        raise ActionRefusedError("Only whole lines can become a function.")
    first = region.nodes[0]
    if first.type == "expression_statement" and len(first.named) == 1 and first.named[0].type == "string":
        raise ActionRefusedError("This string says something about the code around it.")


def flows_of(region: Region) -> Flows:
    """Return what flows into a region and out of it.

    Raises:
        ActionRefusedError: it cannot be a function of its own; the sentence says why.
    """
    first, code = region.nodes[0], region.nodes[0].code
    bindings = code.bindings
    if bindings is None or any(each.has_error for each in region.nodes):
        raise ActionRefusedError("This does not parse.")
    if code.language in SCRIPTS and region.function is None and not region.is_expression:
        raise ActionRefusedError("Pylot extracts statements from functions only.")
    flow = Flow(places_of(region.function, first))
    at_end = flow.run(region.nodes, frozenset())
    leaves = _leaves(region, at_end is None)
    _refuse_text(region, bindings)
    around = _Around(region, bindings, flow.places)
    assigned = {key for key in flow.assigned if around.holds(key)}
    exposed = {key for key in flow.exposed if around.holds(key)}
    if flow.deleted & (assigned | exposed):
        raise ActionRefusedError("This deletes a name.")
    around.refuse(assigned, exposed, flow.captured)
    outputs = set() if leaves else around.outputs(assigned)
    inputs = exposed | around.kept(outputs, at_end)
    if region.function is None:
        inputs = {key for key in inputs if key[0] != 0 or key in assigned}
    around.refuse_unset(inputs)
    declares = frozenset(name for scope, name in outputs if (scope, name) in around.declared)
    lent = assigned - around.declared - inputs
    return Flows(
        _in_order(inputs, flow.places),
        _in_order(outputs, flow.places),
        leaves,
        _is_async(region),
        declares,
        _in_order(lent, flow.places),
    )


class _Around:
    """What a region may share with the code around it."""

    def __init__(self, region: Region, bindings: FileBindings, places: dict[int, tuple[Key, bool]]) -> None:
        self._region, self._bindings, self._places = region, bindings, places
        self._is_python = bindings.language == "python"
        self._sets = places_set_in(region.function or region.nodes[0].code.root, places)
        inside = {places[each][0] for each in self._sets if self._is_inside(each)}
        outside = {places[each][0] for each in self._sets if not self._is_inside(each)}
        if not self._is_python:
            outside = {
                key for key in inside for each in bindings.bindings[key].occurrences
                if each.is_definition and not self._is_inside(each.start)
            }  # fmt: skip
        self.declared = frozenset(key for key in inside - outside if self.holds(key))

    def holds(self, key: Key) -> bool:
        """Tell whether a name belongs to a scope around the region."""
        if key[0] == FREE:
            return False
        scope = self._bindings.scopes[key[0]]
        return not (self._region.start <= scope.start and scope.end <= self._region.end)

    def outputs(self, assigned: set[Key]) -> set[Key]:
        """Return what is read after the region of what it assigns."""
        if self._region.function is None:
            return assigned
        after = exposed_after(self._region.nodes[-1], self._region.function, self._places)
        if after.captured & self._set_early():
            raise ActionRefusedError("What handles errors here reads a name in the middle of this.")
        return assigned & after.exposed

    def _set_early(self) -> set[Key]:
        """Return the names that have another value while an error can still come from the region."""
        *before, last = self._region.nodes
        is_simple = last.type in ("expression_statement", "lexical_declaration", "variable_declaration")
        end = last.start if is_simple and before else self._region.start if is_simple else self._region.end
        return {self._places[each][0] for each in self._sets if self._region.start <= each < end}

    def kept(self, outputs: set[Key], at_end: frozenset[Key] | None) -> set[Key]:
        """Return the outputs that a region may leave as they were."""
        perhaps = outputs - at_end if at_end is not None else set()
        if self._is_python and perhaps & self.declared:
            raise ActionRefusedError(f"The name {min(perhaps & self.declared)[1]} may have no value after this.")
        return perhaps - self.declared

    def refuse(self, assigned: set[Key], exposed: set[Key], captured: set[Key]) -> None:
        """Refuse names that cannot be handed over or given back."""
        for key in sorted(assigned | exposed):
            if self._bindings.scopes[key[0]].kind in ("class", "namespace", "type parameters"):
                raise ActionRefusedError(f"The name {key[1]} belongs to something that no function can set or see.")
            if self._bindings.bindings[key].kind == "type":
                raise ActionRefusedError(f"The type {key[1]} is known in the function around this only.")
            own = self._function_scope(key[0])
            sets = [each for each in self._bindings.bindings[key].occurrences if each.start in self._sets]
            if any(self._function_scope(each.scope) != own for each in sets):
                raise ActionRefusedError(f"The name {key[1]} is changed by several functions.")
            before = [each for each in self._bindings.bindings[key].occurrences if each.start < self._region.start]
            if key in assigned and any(self._function_scope(each.scope) != own for each in before):
                raise ActionRefusedError(f"A function in front of this holds on to {key[1]}, which this changes.")
            if key in captured and (self._changes_outside(key) or (key in assigned and key in exposed)):
                raise ActionRefusedError(f"A function in this holds on to {key[1]}, which changes outside of it.")
            if key in self.declared and not self._is_python and before:
                raise ActionRefusedError(f"The name {key[1]} is used in front of its definition.")
        if self._region.is_expression and assigned:
            raise ActionRefusedError("This sets a name.")
        if self._region.function is not None and self._is_python:
            self._refuse_globals()

    def refuse_unset(self, inputs: set[Key]) -> None:
        """Refuse inputs that may have no value yet."""
        if self._is_python:
            known = known_before(self._region.nodes[0], self._region.function, self._places)
            late = [key for key in sorted(inputs) if key not in known and self._is_own(key)]
        else:
            late = [key for key in sorted(inputs) if key in self.declared]
        if late:
            raise ActionRefusedError(f"The name {late[0][1]} may have no value yet in front of this.")

    def _refuse_globals(self) -> None:
        for binding in self._bindings.bindings.between(self._region.start, self._region.end):
            here = [each for each in binding.occurrences if each.is_definition and self._is_inside(each.start)]
            if binding.scope == 0 and here:
                raise ActionRefusedError(f"This sets the global name {binding.name}.")

    def _is_own(self, key: Key) -> bool:
        """Tell whether a name belongs to the function that the region is in, and not to one further out."""
        function = self._region.function
        scope = self._bindings.scopes[key[0]]
        return scope.kind != "comprehension" and (function is None or scope.start >= function.start)

    def _is_inside(self, offset: int) -> bool:
        return self._region.start <= offset < self._region.end

    def _changes_outside(self, key: Key) -> bool:
        """Tell whether a name gets another value later than in the region, or again before it in a loop."""
        loops = [each for each in self._region.nodes[0].around() if each.type in _LOOPS]
        begin = min((each.start for each in loops), default=self._region.end)
        places = self._bindings.bindings[key].occurrences
        return any(
            each.start in self._sets and each.start >= begin and not self._is_inside(each.start) for each in places
        )

    def _function_scope(self, scope: int) -> int:
        while scope != FREE and self._bindings.scopes[scope].kind in ("block", "comprehension"):
            scope = self._bindings.scopes[scope].parent
        return scope


def _function_around(node: CodeNode) -> CodeNode | None:
    """Return the function whose body a node is in; what is in its head belongs further out."""
    below = node
    for each in node.around():
        if each.type in _NESTED_FUNCTIONS and each.field("body") == below and each.type not in ("lambda",):
            return each
        if each.type in _CLASSES and each.field("body") == below:
            return None
        below = each
    return None


def _leaves(region: Region, never_ends: bool) -> bool:
    """Tell whether a region always returns; refuse one that leaves in another way, or only sometimes."""
    returns = False
    for node in region.nodes:
        for each in _own_nodes(node):
            if each.type in ("yield", "yield_expression"):
                raise ActionRefusedError("This yields, which only the function around it can do.")
            if each.type in ("break_statement", "continue_statement") and not _stays(each, region):
                raise ActionRefusedError("This jumps out of what is selected.")
            if each.type in ("wildcard_import", "future_import_statement"):
                raise ActionRefusedError("This imports what only a file can import.")
            if each.type in ("global_statement", "nonlocal_statement"):
                raise ActionRefusedError("This says what names mean in the function around it.")
            returns |= each.type == "return_statement"
    if returns and not (never_ends and _always_returns(region.nodes[-1])) and not _is_tail(region):
        raise ActionRefusedError("This returns, but not always.")
    return returns


def _own_nodes(node: CodeNode) -> list[CodeNode]:
    """Return the nodes of a statement without those of functions and classes in it."""
    found, pending = [], [node]
    while pending:
        each = pending.pop()
        found.append(each)
        if each.type not in _NESTED_FUNCTIONS | _CLASSES:
            pending += each.named
    return found


def _stays(jump: CodeNode, region: Region) -> bool:
    if jump.named:
        return False
    for each in jump.around():
        if each.start < region.start or each.end > region.end:
            return False
        if each.type in _LOOPS or (each.type == "switch_statement" and jump.type == "break_statement"):
            return True
    return False


def _always_returns(node: CodeNode) -> bool:
    """Tell whether a statement always ends with `return` or an error, and never with a jump."""
    if node.type in ("return_statement", "raise_statement", "throw_statement"):
        return True
    if node.type == "if_statement":
        others = node.fields("alternative")
        parts = [node.field("consequence"), *(each.field("consequence") or each.field("body") or _last(each)
                                              for each in others)]  # fmt: skip
        has_else = bool(others) and others[-1].type == "else_clause"
        return has_else and all(each is not None and _always_returns(each) for each in parts)
    if node.type in ("block", "statement_block"):
        last = _last(node)
        return last is not None and _always_returns(last)
    return False


def _last(node: CodeNode) -> CodeNode | None:
    return node.named[-1] if node.named else None


def _is_tail(region: Region) -> bool:
    """Tell whether a region ends where its function does, so that what it returns is what the function does."""
    function, last = region.function, region.nodes[-1]
    body = function.field("body") if function is not None else None
    return body is not None and last.parent == body and _last(body) == last


def _is_async(region: Region) -> bool:
    for node in region.nodes:
        for each in _own_nodes(node):
            tokens = {it.type for it in each.children} if each.type not in _NESTED_FUNCTIONS else set()
            if tokens & {"async", "await"}:
                return True
    return False


def _refuse_text(region: Region, bindings: FileBindings) -> None:
    text = region.text
    for word in _FRAMES:
        if word in text:
            raise ActionRefusedError(f"What is done here depends on the function that it is in (`{word}`).")
    for index in bindings.dynamic_scopes:
        scope = bindings.scopes[index]
        if scope.start <= region.start and region.end <= scope.end and scope.kind != "module":
            raise ActionRefusedError("Code in the same scope looks names up while it runs (as `eval` and `locals` do).")


def _in_order(keys: set[Key], places: dict[int, tuple[Key, bool]]) -> tuple[str, ...]:
    """Return names in the order in which the file first has them."""
    first: dict[Key, int] = {}
    for start, (key, _) in places.items():
        first[key] = min(first.get(key, start), start)
    return tuple(dict.fromkeys(name for _, name in sorted(keys, key=lambda key: first.get(key, 0))))
