"""Where a function that is made of a piece of Python goes, and what it and its calls look like."""

from __future__ import annotations

import re

from pylot.actions.layout import indent_at, indent_unit, line_start, newline_of, next_line, spans_lines
from pylot.actions.moved_lines import moved_lines
from pylot.actions.region import Flows, Region
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_OWNERS = frozenset({"self", "cls", "mcs", "mcls", "metacls", "klass", "_self", "_cls"})
_PRIVATE = re.compile(r"(?<!\w)__\w+(?<!__)(?!\w)")


class PythonHome:
    """A function right in front of the outermost definition around a region, or a method behind its own.

    Raises:
        ActionRefusedError: a method is needed and cannot be.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._text = region.nodes[0].code.text
        self._newline = newline_of(self._text)
        self._unit, self._method_indent = indent_unit(self._text), ""
        method = _method_around(region)
        self._owner = _first_parameter(method) if method is not None else ""
        decorators = _decorators(method) if method is not None else []
        if "staticmethod" in decorators or self._owner not in _OWNERS:
            # A function in a class may be there for the class alone to call.
            self._owner = ""
        uses_owner = bool(self._owner) and self._uses(self._owner)
        needs_class = uses_owner or "super" in region.text or bool(_PRIVATE.search(region.text))
        if needs_class and (method is None or not self._owner):
            raise ActionRefusedError("This needs the class that it is in.")
        if needs_class and method != region.function:
            raise ActionRefusedError("This needs the class that it is in, from a function within a method.")
        self._is_method = needs_class and method is not None
        self._is_classmethod = "classmethod" in decorators or (
            method is not None and _name_of(method) in _CLASS_METHODS
        )
        self.kind = "method" if self._is_method else "function"
        self.offset = self._behind(method) if self._is_method and method is not None else self._in_front()

    def name_for(self, flows: Flows) -> str:
        """Return a name that says what the function gives."""
        return f"_get_{flows.outputs[0].strip('_')}" if len(flows.outputs) == 1 else "_extracted"

    def definition(self, name: str, flows: Flows) -> str:
        """Return the source of the function, with the empty lines around it."""
        indent = self._method_indent if self._is_method else ""
        inner, newline = indent + self._unit, self._newline
        head = f"{indent}{'async ' if flows.is_async else ''}def {name}({', '.join(self._parameters(flows))}):{newline}"
        if self._is_method and self._is_classmethod:
            head = f"{indent}@classmethod{newline}{head}"
        lines = head + self._body(flows, inner)
        if self._is_method:
            return newline + lines + newline
        return lines + newline + newline * 2

    def call(self, name: str, flows: Flows, region: Region) -> str:
        """Return what stands in place of a region."""
        called = f"{self._owner}.{name}" if self._is_method else name
        call = f"{called}({', '.join(each for each in flows.inputs if not self._is_owner(each))})"
        call = f"await {call}" if flows.is_async else call
        if region.is_expression:
            parent = region.nodes[0].parent
            is_operand = flows.is_async and parent is not None and parent.type in ("attribute", "subscript", "call")
            return f"({call})" if is_operand else call
        if flows.leaves:
            return f"return {call}"
        return f"{', '.join(flows.outputs)} = {call}" if flows.outputs else call

    def _body(self, flows: Flows, indent: str) -> str:
        if self._region.is_expression:
            node = self._region.nodes[0]
            value = f"({node.text})" if spans_lines(node) else node.text
            return f"{indent}return {value}"
        lines = moved_lines(self._region.nodes, indent)
        given = f"{self._newline}{indent}return {', '.join(flows.outputs)}" if flows.outputs else ""
        return lines + given

    def _parameters(self, flows: Flows) -> list[str]:
        own = [self._owner] if self._is_method else []
        return own + [each for each in flows.inputs if not self._is_owner(each)]

    def _is_owner(self, name: str) -> bool:
        return self._is_method and name == self._owner

    def _uses(self, name: str) -> bool:
        return any(
            each.type == "identifier" and each.text == name for node in self._region.nodes for each in node.walk()
        )

    def _behind(self, method: CodeNode) -> int:
        """Return where the line behind a method begins."""
        outer = method.parent if method.parent is not None and method.parent.type == "decorated_definition" else method
        assert outer is not None
        self._method_indent = indent_at(self._text, outer.start)
        if self._text.find("\n", outer.end - 1) < 0:
            raise ActionRefusedError("The file does not end with a line.")
        return next_line(self._text, outer.end)

    def _in_front(self) -> int:
        """Return where the outermost statement around the region begins, with the comments right in front of it."""
        top = self._region.nodes[0]
        for each in self._region.nodes[0].around():
            if each.type != "module":
                top = each
        start = line_start(self._text, top.start)
        while start and self._text[line_start(self._text, start - 1) : start].startswith("#"):
            start = line_start(self._text, start - 1)
        # Comments at the very beginning are about the whole file.
        return start or line_start(self._text, top.start)


def _method_around(region: Region) -> CodeNode | None:
    """Return the method that a region is in, however deep."""
    function = region.function
    while function is not None:
        outer = function.parent if function.parent is None or function.parent.type != "decorated_definition" else (
            function.parent.parent
        )  # fmt: skip
        if outer is not None and outer.parent is not None and outer.parent.type == "class_definition":
            return function
        function = next((each for each in function.around() if each.type == "function_definition"), None)
    return None


def _first_parameter(function: CodeNode) -> str:
    listed = function.field("parameters")
    first = next(iter(listed.named), None) if listed is not None else None
    if first is not None and first.type == "typed_parameter" and first.named:
        first = first.named[0]
    return first.text if first is not None and first.type == "identifier" else ""


def _decorators(function: CodeNode) -> list[str]:
    outer = function.parent
    if outer is None or outer.type != "decorated_definition":
        return []
    return [each.text.lstrip("@").strip() for each in outer.named if each.type == "decorator"]


def _name_of(function: CodeNode) -> str:
    name = function.field("name")
    return name.text if name is not None else ""
