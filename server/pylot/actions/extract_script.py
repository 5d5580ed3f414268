"""Where a function that is made of a piece of JavaScript or TypeScript goes, and what it and its calls look like."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.actions.layout import indent_at, indent_unit, line_start, newline_of
from pylot.actions.moved_lines import moved_lines
from pylot.actions.region import Flows, Region
from pylot.actions.shapes import words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FileBindings
from pylot.syntax.code_nodes import CodeNode, is_comment

_OWN_THIS = words("function_declaration generator_function_declaration function_expression generator_function "
                  "method_definition class_declaration class abstract_class_declaration")  # fmt: skip
_VAGUE = ("|", "?", "unknown", "this")


class ScriptHome:
    """A function right in front of the outermost statement around a region, or a method behind its own.

    Raises:
        ActionRefusedError: a method is needed and cannot be.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._code = region.nodes[0].code
        self._text = self._code.text
        self._newline, self._unit = newline_of(self._text), indent_unit(self._text)
        own = list(_own_nodes(region))
        if any(
            each.type == "meta_property" or (each.type == "identifier" and each.text == "arguments") for each in own
        ):
            raise ActionRefusedError("This belongs to the function that it is in (`arguments` or `new.target`).")
        self._is_method = any(each.type in ("this", "super") for each in own)
        self._method = _method_around(region) if self._is_method else None
        if self._is_method and self._method is None:
            raise ActionRefusedError("This needs the `this` of the function that it is in.")
        if any(each.type == "call_expression" and each.text.startswith("super(") for each in own):
            raise ActionRefusedError("Only a constructor can call `super`.")
        self.kind = "method" if self._is_method else "function"
        self.offset = self._method.end if self._method is not None else self._in_front()

    def name_for(self, flows: Flows) -> str:
        """Return a name that says what the function gives."""
        first = flows.outputs[0] if len(flows.outputs) == 1 else ""
        return f"get{first[:1].upper()}{first[1:]}" if first else f"extracted{self.kind.capitalize()}"

    def definition(self, name: str, flows: Flows) -> str:
        """Return the source of the function, with the empty lines around it."""
        indent = indent_at(self._text, self._method.start) if self._method is not None else ""
        head = f"{'async ' if flows.is_async else ''}{name}({', '.join(self._parameters(flows))}) {{"
        if self._method is None:
            head = head.replace(name, f"function {name}", 1)
        elif any(each.text == "static" for each in self._method.children):
            head = f"static {head}"
        inner, newline = indent + self._unit, self._newline
        lines = f"{indent}{head}{newline}{self._body(flows, inner)}{newline}{indent}}}"
        return f"{newline}{newline}{lines}" if self._method is not None else f"{lines}{newline}{newline}"

    def call(self, name: str, flows: Flows, region: Region) -> str:
        """Return what stands in place of a region."""
        call = f"{'this.' if self._is_method else ''}{name}({', '.join(flows.inputs)})"
        if flows.is_async:
            call = f"(await {call})" if region.is_expression else f"await {call}"
        if region.is_expression:
            return call
        end = ";" if self._ends else ""
        if flows.leaves:
            return f"return {call}{end}"
        if not flows.outputs:
            return f"{call}{end}"
        taken = flows.outputs[0] if len(flows.outputs) == 1 else f"{{ {', '.join(flows.outputs)} }}"
        if flows.declares:
            return f"{self._keyword(flows)} {taken} = {call}{end}"
        return f"({taken} = {call}){end}" if len(flows.outputs) > 1 else f"{taken} = {call}{end}"

    @property
    def _ends(self) -> bool:
        """Whether the code around ends its statements with semicolons."""
        return self._region.nodes[-1].text.endswith((";", "}"))

    def _body(self, flows: Flows, indent: str) -> str:
        if flows.declares and set(flows.outputs) != flows.declares:
            raise ActionRefusedError("This sets names of its own and others, and both are used after it.")
        end = ";" if self._ends else ""
        if self._region.is_expression:
            return f"{indent}return {self._bracketed()};"
        if len(flows.outputs) > 1 and not end:
            raise ActionRefusedError("This sets several names, and Pylot needs semicolons to give them back.")
        lines = moved_lines(self._region.nodes, indent)
        if flows.lent:
            lines = f"{indent}let {', '.join(flows.lent)}{end}{self._newline}{lines}"
        if not flows.outputs:
            return lines
        given = flows.outputs[0] if len(flows.outputs) == 1 else f"{{ {', '.join(flows.outputs)} }}"
        return f"{lines}{self._newline}{indent}return {given}{end}"

    def _bracketed(self) -> str:
        """Return an expression so that no `return` ends in front of it."""
        text = self._region.text
        return f"({text})" if "\n" in text and text.lstrip().startswith("//") else text

    def _keyword(self, flows: Flows) -> str:
        """Return how the names that are given back are declared: as they were, the weakest wish first."""
        found = set()
        for node in self._region.nodes:
            for each in node.walk():
                if each.type in ("variable_declaration", "lexical_declaration"):
                    named = {leaf.text for leaf in each.walk() if "identifier" in leaf.type and not leaf.children}
                    found |= {each.children[0].text} if named & set(flows.outputs) else set()
        return next((each for each in ("var", "let") if each in found), "const")

    def _parameters(self, flows: Flows) -> list[str]:
        if self._code.language == "javascript":
            return list(flows.inputs)
        return [f"{each}: {self._type_of(each)}" for each in flows.inputs]

    def _type_of(self, name: str) -> str:
        """Return the type that a name is declared with if it can stand elsewhere, else `any`."""
        bindings = self._code.bindings
        assert bindings is not None
        for each in bindings.named(name):
            if each.scope <= 0 or not any(self._region.start <= it.start < self._region.end for it in each.occurrences):
                continue
            first = next((it for it in each.occurrences if it.is_definition), None)
            leaf = self._code.smallest(first.start, first.end) if first is not None else None
            holder = leaf.parent if leaf is not None else None
            declared = holder.field("type") if holder is not None else None
            if declared is None or holder is None or holder.type == "optional_parameter":
                continue
            wanted = declared.text.lstrip(": ").strip()
            local = {it.text for it in declared.walk() if it.type == "type_identifier"} & _local_types(bindings)
            if not local and not any(it in wanted for it in _VAGUE):
                return wanted
        return "any"

    def _in_front(self) -> int:
        """Return where the outermost statement around the region begins, with the comments right in front of it."""
        top = self._region.nodes[0]
        for each in self._region.nodes[0].around():
            if each.type != "program":
                top = each
        before = [each for each in self._code.root.children if each.end <= top.start]
        while len(before) > 1 and is_comment(before[-1].type) and self._is_attached(before[-1], top):
            top = before.pop()
        return line_start(self._text, top.start)

    def _is_attached(self, comment: CodeNode, below: CodeNode) -> bool:
        gap = self._text[comment.end : below.start]
        return gap.count("\n") == 1 and line_start(self._text, comment.start) == comment.start


def _local_types(bindings: FileBindings) -> set[str]:
    return {name for (scope, name), each in bindings.bindings.items() if scope > 0 and each.kind in ("type", "class")}


def _own_nodes(region: Region) -> Iterator[CodeNode]:
    """Yield the nodes of a region that see the same `this`."""
    pending = list(region.nodes)
    while pending:
        each = pending.pop()
        yield each
        if each.type not in _OWN_THIS:
            pending += each.children


def _method_around(region: Region) -> CodeNode | None:
    """Return the method of a class whose `this` a region sees."""
    below = region.nodes[0]
    for each in region.nodes[0].around():
        if each.type in _OWN_THIS:
            is_method = each.type == "method_definition" and each.field("body") == below
            return each if is_method and each.parent is not None and each.parent.type == "class_body" else None
        below = each
    return None
