"""What taking a parameter away, or moving it, changes in a function and in every call of it (L2, K5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at, bindings_in
from pylot.actions.function_calls import Call, line_of
from pylot.actions.shapes import SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

PLAIN = words("identifier typed_parameter default_parameter typed_default_parameter required_parameter "
              "optional_parameter assignment_pattern")  # fmt: skip
_DEFAULTS = words("default_parameter typed_default_parameter assignment_pattern optional_parameter")


class Head(NamedTuple):
    """One definition of a function: the parameters that calls give values to, and its file, as in `Call`."""

    function: CodeNode
    parameters: tuple[CodeNode, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A function with all its definitions (those of a method that others override) and every call of it.

    `chosen` is the index of the parameter that is changed.
    """

    heads: tuple[Head, ...]
    calls: tuple[Call, ...]
    chosen: int


class FileEdit(NamedTuple):
    """An edit, and the file that it is made in, as in `Call`."""

    path: str
    edit: TextEdit


def name_of(parameter: CodeNode) -> CodeNode:
    """Return the name of a parameter, or the whole of it where it has none."""
    name = parameter.field("name") or parameter.field("pattern") or parameter.field("left")
    if name is None and parameter.type == "typed_parameter":
        name = parameter.named[0]
    return name or parameter


def edits_of_signature(signature: Signature, way: str) -> list[FileEdit]:
    """Return what changes when the chosen parameter is taken away (`remove`) or moved (`left`, `right`).

    Raises:
        ActionRefusedError: a definition or a call would do something else.
    """
    if way == "remove":
        return _removal(signature)
    other = signature.chosen + (1 if way == "right" else -1)
    if not 0 <= other < len(signature.heads[0].parameters):
        raise ActionRefusedError("There is no parameter to change places with.")
    return _exchange(signature, min(signature.chosen, other))


def _removal(signature: Signature) -> list[FileEdit]:
    edits = []
    for head in signature.heads:
        name = name_of(head.parameters[signature.chosen])
        binding = binding_at(name.code, name.start)
        if binding is None or len(binding.occurrences) != 1:
            raise ActionRefusedError(
                f"{line_of(head.function, head.path)} begins a function that uses this parameter."
                if len(signature.heads) > 1
                else "The function uses this parameter."
            )
        if any(each.text == "arguments" for each in head.function.walk() if each.type == "identifier"):
            raise ActionRefusedError("The function counts its arguments.")
        edits.append(FileEdit(head.path, _without(head.parameters, signature.chosen)))
    word = name_of(signature.heads[0].parameters[signature.chosen]).text
    for call in signature.calls:
        given = _given(call.arguments, signature.chosen, word)
        if given is None:
            continue
        value = call.arguments.named[given]
        if any(each.type in SHAPES[value.code.language].effects for each in value.walk()):
            raise ActionRefusedError(f"{line_of(value, call.path)} does something to find the argument.")
        edits.append(FileEdit(call.path, _without(call.arguments.named, given)))
    return edits


def _given(arguments: CodeNode, index: int, name: str) -> int | None:
    """Return which argument of a call a parameter gets, or None for its default."""
    for position, each in enumerate(arguments.named):
        key = each.field("name") if each.type == "keyword_argument" else None
        if key is not None and key.text == name:
            return position
        if each.type != "keyword_argument" and position == index:
            return position
    return None


def _without(nodes: Sequence[CodeNode], index: int) -> TextEdit:
    """Return the edit that takes one of several nodes away, with the comma that it no longer needs."""
    if index + 1 < len(nodes):
        return TextEdit(nodes[index].start, nodes[index + 1].start, "")
    # In front of the first may stand the object of a method.
    before = nodes[index - 1] if index else nodes[0].previous
    if before is not None:
        return TextEdit(before.end, nodes[index].end, "")
    text, end = nodes[0].code.text, nodes[0].end
    rest = text[end:]
    comma = len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(",") else 0
    return TextEdit(nodes[0].start, end + comma, "")


def _exchange(signature: Signature, first: int) -> list[FileEdit]:
    edits = []
    for head in signature.heads:
        before, after = head.parameters[first], head.parameters[first + 1]
        if (before.type in _DEFAULTS) != (after.type in _DEFAULTS):
            raise ActionRefusedError("A parameter with a default comes after all those without one.")
        edits += _swapped(before, after, head.path)
    for call in signature.calls:
        positional = [each for each in call.arguments.named if each.type != "keyword_argument"]
        line = line_of(call.arguments, call.path)
        if len(positional) == first + 1:
            raise ActionRefusedError(f"{line} hands over only one of the two by its position.")
        if len(positional) > first + 1:
            pair = positional[first], positional[first + 1]
            acting = [any(it.type in SHAPES[each.code.language].effects for it in each.walk()) for each in pair]
            steady = all(_is_steady(each) for each, acts in zip(pair, acting, strict=True) if not acts)
            if all(acting) or (any(acting) and not steady):
                raise ActionRefusedError(f"{line} would find its arguments in another order.")
            edits += _swapped(*pair, call.path)
    return edits


def _is_steady(node: CodeNode) -> bool:
    """Tell whether working out something else cannot change a value."""
    return not any(each.type in SHAPES[node.code.language].reads for each in node.walk()) and not bindings_in(node)


def _swapped(first: CodeNode, second: CodeNode, path: str) -> list[FileEdit]:
    return [
        FileEdit(path, TextEdit(first.start, first.end, second.text)),
        FileEdit(path, TextEdit(second.start, second.end, first.text)),
    ]
