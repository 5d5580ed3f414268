"""Put the value of a variable where the variable was used (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pylot.actions.brackets import in_place_of
from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import (
    binding_at,
    bindings_in,
    is_constant,
    is_own,
    may_write,
    refuse_to_move,
    statement_around,
    worked_out_before,
)
from pylot.actions.extractable import refuse_use
from pylot.actions.layout import begins_line, line_end, line_start, next_line
from pylot.actions.offer import INLINE, Offer, Place, Plan
from pylot.actions.shapes import SCRIPTS, SHAPES, Shape, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding, FileBindings
from pylot.syntax.code_nodes import CodeNode

_LANGUAGES = SCRIPTS | {"python"}
_LOOPS = words("for_statement while_statement for_in_statement do_statement")
_GUARDS = words("try_statement with_statement")
_FRESH = words(
    """list dictionary set list_comprehension set_comprehension dictionary_comprehension generator_expression array
    object lambda arrow_function function_expression regex"""
)


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable with its only definition and all its uses."""

    binding: Binding
    statement: CodeNode
    value: CodeNode
    uses: tuple[CodeNode, ...]
    shorthands: frozenset[int]


class InlineVariable:
    """Offer to do without the variable under the cursor, where its value certainly stays the same."""

    id = "inline-variable"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return one offer for a name that is a variable of the function around it."""
        binding = _binding_at(place)
        if binding is None:
            return
        try:
            found = _variable(place, binding)
        except ActionRefusedError as error:
            if place.invoked:
                yield Offer(f"Inline variable {binding.name}", INLINE, self.id, refused=error.sentence)
            return
        yield Offer(f"Inline variable {found.binding.name}", INLINE, self.id)

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits: the value in place of each use, and no definition any more."""
        binding = _binding_at(place)
        if binding is None:
            raise ActionRefusedError("There is no variable here.")
        found = _variable(place, binding)
        edits = [_use(each, found) for each in found.uses]
        return Plan(tuple(sorted([_without(found.statement), *edits])))


def _binding_at(place: Place) -> Binding | None:
    if place.code is None or place.language not in _LANGUAGES:
        return None
    node = place.code.smallest(place.start, place.start)
    if node.children or place.end > node.end or place.code.bindings is None:
        return None
    binding = binding_at(place.code, node.start) if node.type.endswith("identifier") else None
    return binding if binding is not None and binding.kind == "variable" and binding.scope != FREE else None


def _variable(place: Place, binding: Binding) -> _Variable:
    """Return what has to be known of a variable that can be inlined.

    Raises:
        ActionRefusedError: it cannot; the sentence says why.
    """
    code = place.code
    assert code is not None and code.bindings is not None
    bindings, shape = code.bindings, SHAPES[place.language]
    scope = bindings.scopes[binding.scope]
    if scope.kind in ("module", "class", "namespace") and not _is_file_only(bindings, binding):
        raise ActionRefusedError("Others may use this name from outside.")
    if any(bindings.is_within(each, binding.scope) for each in bindings.dynamic_scopes):
        raise ActionRefusedError("Code in the same scope looks names up while it runs (as `eval` and `locals` do).")
    definitions = [each for each in binding.occurrences if each.is_definition]
    others = [each for each in binding.occurrences if not each.is_definition]
    if len(definitions) != 1:
        raise ActionRefusedError("This variable gets its value in several places.")
    name = code.smallest(definitions[0].start, definitions[0].end)
    statement, value = _definition(name)
    if statement.has_error or not others:
        raise ActionRefusedError("Nothing uses this variable." if not others else "This does not parse.")
    uses = [code.smallest(each.start, each.end) for each in others]
    shorthands = frozenset(each.start for each in others if each.form == "shorthand")
    for each, use in zip(others, uses, strict=True):
        if use.children or each.form not in ("name", "shorthand") or "identifier" not in use.type:
            raise ActionRefusedError(f"Line {each.line + 1} needs the name, not only its value.")
        _refuse_name(use)
    found = _Variable(binding, statement, value, tuple(uses), shorthands)
    _refuse_change(found, bindings, shape)
    return found


def _is_file_only(bindings: FileBindings, binding: Binding) -> bool:
    """Tell whether no other file can see a name at the top of a module of JavaScript."""
    return bindings.language in SCRIPTS and binding.scope == 0 and binding.name not in bindings.exported


def _definition(name: CodeNode) -> tuple[CodeNode, CodeNode]:
    """Return the statement that gives a name its value, and the value."""
    holder = name.parent
    value = holder.field("right") or holder.field("value") if holder is not None else None
    statement = holder.parent if holder is not None else None
    target = holder.field("left") or holder.field("name") if holder is not None else None
    is_plain = holder is not None and holder.type in ("assignment", "variable_declarator") and target == name
    if not is_plain or statement is None or value is None or len(statement.named) != 1:
        raise ActionRefusedError("This variable does not get its value from an assignment of its own.")
    if value.type in ("assignment", "yield", "expression_list", "yield_expression", "class") or "jsx" in value.type:
        raise ActionRefusedError("The value of this variable cannot stand elsewhere.")
    around = statement.parent
    if around is None or around.type not in SHAPES[name.code.language].blocks or statement.type == "export_statement":
        raise ActionRefusedError("This variable does not get its value from a statement of its own.")
    return statement, value


def _refuse_name(use: CodeNode) -> None:
    """Refuse a use that is more than a value."""
    parent = use.parent
    if parent is not None and parent.type in ("global_statement", "nonlocal_statement", "delete_statement"):
        raise ActionRefusedError("This name is spoken of as a name.")
    if parent is not None and (
        parent.type in ("update_expression", "augmented_assignment_expression", "assignment_expression")
        and use in (parent.field("left"), parent.field("argument"))
    ):
        raise ActionRefusedError("This variable gets its value in several places.")
    if any(each.type in ("array_pattern", "object_pattern", "for_in_statement") and _is_target(use, each)
           for each in use.around()):  # fmt: skip
        raise ActionRefusedError("This variable gets its value in several places.")
    if parent is not None and parent.type == "unary_expression" and parent.children[0].text in ("delete", "typeof"):
        raise ActionRefusedError("This name is spoken of as a name.")
    if parent is not None and parent.type == "interpolation" and any(each.text == "=" for each in parent.children):
        raise ActionRefusedError("An f-string shows the name of this variable.")


def _is_target(use: CodeNode, node: CodeNode) -> bool:
    if node.type != "for_in_statement":
        return True
    left = node.field("left")
    return left is not None and left.start <= use.start < left.end


def _refuse_change(found: _Variable, bindings: FileBindings, shape: Shape) -> None:
    """Refuse where the value is not certain to be the same at each use, or is worked out more or less often."""
    value, block = found.value, found.statement.parent
    assert block is not None
    if is_constant(value, shape):
        return _refuse_far(found, bindings, shape)
    own = list(value.walk())
    used = bindings_in(value)
    has_effects = any(each.type in shape.effects for each in own)
    if (has_effects or value.type in _FRESH or any(each.type in shape.functions for each in own)) and len(
        found.uses
    ) > 1:
        raise ActionRefusedError("This would work the value out several times.")
    if not all(is_own(value.code, each) for each in used):
        raise ActionRefusedError("Several functions change what the value is made of.")
    _refuse_far(found, bindings, shape)
    for use in found.uses:
        _refuse_meaning(use, used, bindings)
        if has_effects or value.type in _FRESH:
            _refuse_distance(use, found, shape)
        else:
            _refuse_between(use, found, used, shape)
    return None


def _refuse_far(found: _Variable, bindings: FileBindings, shape: Shape) -> None:
    """Refuse uses that are not reached by way of the definition alone, or only later."""
    constant = is_constant(found.value, shape)
    for use in found.uses:
        is_below = any(each == found.statement.parent for each in use.around())
        if not is_below or use.start < found.statement.end:
            raise ActionRefusedError(f"Line {use.line + 1} may be reached without the definition.")
        scope = next(each.scope for each in found.binding.occurrences if each.start == use.start)
        if not constant and _function_of(bindings, scope) != _function_of(bindings, found.binding.scope):
            raise ActionRefusedError(f"A function on line {use.line + 1} holds on to this variable.")
        if constant and any(each.type == "interpolation" for each in use.around()) and "string" in found.value.type:
            raise ActionRefusedError(f"The string cannot stand within another on line {use.line + 1}.")


def _refuse_meaning(use: CodeNode, used: list[Binding], bindings: FileBindings) -> None:
    """Refuse where the names in a value mean something else."""
    scope = _scope_at(bindings, use)
    for each in used:
        if bindings.owner_of(each.name, scope) != each.scope:
            raise ActionRefusedError(f"On line {use.line + 1} the name {each.name} means something else.")


def _scope_at(bindings: FileBindings, use: CodeNode) -> int:
    binding = bindings.bindings.starting_at(use.start)
    places = binding.occurrences if binding is not None else ()
    return next((each.scope for each in places if each.start == use.start), FREE)


def _refuse_distance(use: CodeNode, found: _Variable, shape: Shape) -> None:
    """Refuse a value that does something unless it is used first thing in the next statement."""
    block = found.statement.parent
    after = [each for each in block.named if each.start >= found.statement.end] if block is not None else []
    statement = after[0] if after else None
    if statement is None or not (statement.start <= use.start < statement.end):
        raise ActionRefusedError("Something else is done between the definition and its use.")
    if statement_around(use, shape) != statement:
        raise ActionRefusedError("The value would only be worked out sometimes.")
    refuse_use(use)
    try:
        refuse_to_move(use, statement)
    except ActionRefusedError as error:
        raise ActionRefusedError("The value would only be worked out sometimes, or later.") from error
    if any(each.type in shape.effects | shape.reads for each in worked_out_before(use, statement, shape)):
        raise ActionRefusedError("Something else would be worked out before the value.")


def _refuse_between(use: CodeNode, found: _Variable, used: list[Binding], shape: Shape) -> None:
    """Refuse where something between a definition and a use may change the value."""
    block = found.statement.parent
    assert block is not None
    reach = use.start
    for each in use.around():
        if each == block:
            break
        if each.type in _GUARDS:
            raise ActionRefusedError(f"An error in the value would be handled elsewhere on line {use.line + 1}.")
        if each.type in _LOOPS:
            reach = each.end
    names = {place.start for each in used for place in each.occurrences if place.sets}
    reads = any(each.type in shape.reads or each.type in shape.effects for each in found.value.walk())
    for each in block.walk():
        if not found.statement.end <= each.start < reach or each.start <= use.start < each.end:
            continue
        if each.start in names or (reads and may_write(each, shape)):
            raise ActionRefusedError(f"Line {each.line + 1} may change what the value is made of.")


def _function_of(bindings: FileBindings, scope: int) -> int:
    while scope != FREE and bindings.scopes[scope].kind == "block":
        scope = bindings.scopes[scope].parent
    return scope


def _use(use: CodeNode, found: _Variable) -> TextEdit:
    text = in_place_of(use, found.value)
    if use.start in found.shorthands:
        text = f"{use.text}: {text}"
    return TextEdit(use.start, use.end, text)


def _without(statement: CodeNode) -> TextEdit:
    """Return the edit that takes a statement away, with its line where nothing else is on it."""
    text = statement.code.text
    end = statement.end
    rest = text[end : line_end(text, end)]
    if begins_line(text, statement.start) and not rest.strip(" \t;"):
        return TextEdit(line_start(text, statement.start), next_line(text, end), "")
    if rest.lstrip().startswith(("#", "//", "/*")):
        return TextEdit(statement.start, end + len(rest) - len(rest.lstrip()), "")
    separator = len(rest) - len(rest.lstrip(" \t;"))
    return TextEdit(statement.start, end + separator, "")
