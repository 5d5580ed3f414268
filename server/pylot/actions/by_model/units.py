"""Functions, classes and statements as a model's action sees them: where they are, and what of them may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from pylot.syntax.code_nodes import Code, CodeNode, is_comment

_SCRIPT_FUNCTIONS = ("function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
                     "function_expression")  # fmt: skip
_FUNCTIONS = MappingProxyType(
    {
        "python": ("function_definition",),
        "javascript": _SCRIPT_FUNCTIONS,
        "typescript": _SCRIPT_FUNCTIONS,
        "tsx": _SCRIPT_FUNCTIONS,
        "go": ("function_declaration", "method_declaration"),
        "rust": ("function_item",),
        "java": ("method_declaration", "constructor_declaration"),
        "c": ("function_definition",),
        "cpp": ("function_definition",),
        "csharp": ("method_declaration", "constructor_declaration", "local_function_statement"),
        "php": ("function_definition", "method_declaration"),
    }
)
_CLASSES = MappingProxyType(
    {
        "python": ("class_definition",),
        "javascript": ("class_declaration",),
        "typescript": ("class_declaration", "abstract_class_declaration", "interface_declaration"),
        "tsx": ("class_declaration", "abstract_class_declaration", "interface_declaration"),
        "go": ("type_declaration",),
        "rust": ("struct_item", "enum_item", "trait_item"),
        "java": ("class_declaration", "interface_declaration", "enum_declaration"),
        "cpp": ("class_specifier", "struct_specifier"),
        "csharp": ("class_declaration", "interface_declaration", "struct_declaration"),
        "php": ("class_declaration", "interface_declaration"),
    }
)
UNIT_LANGUAGES = frozenset(_FUNCTIONS)

# What stands around a definition and belongs to it.
_AROUND = ("decorated_definition", "export_statement", "variable_declarator", "lexical_declaration",
           "variable_declaration", "template_declaration")  # fmt: skip
_ATTRIBUTES = ("attribute_item", "decorator")
_NOT_DONE = re.compile(r"not\s*_?implemented|todo|unimplemented", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """One function or class; `outer` is the node with decorators and `export`, `node` the definition itself."""

    kind: str
    name: str
    node: CodeNode
    outer: CodeNode
    body: CodeNode | None

    @property
    def start(self) -> int:
        """The offset where it begins, decorators and attributes included."""
        first = self.outer
        while (before := first.previous) is not None and before.type in _ATTRIBUTES:
            first = before
        return first.start

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.outer.end

    @property
    def text(self) -> str:
        """Its source, as it stands, but for the indentation of its first line."""
        return self.node.code.text[self.start : self.end]

    @property
    def indent(self) -> str:
        """What its first line is indented by."""
        return indent_at(self.node.code.text, self.start)

    @property
    def header(self) -> str:
        """What stands before its body."""
        return self.node.code.text[self.start : self.body.start if self.body else self.end]

    @property
    def statements(self) -> list[CodeNode]:
        """What its body does: no comments, and in Python no docstring."""
        found = [each for each in self.body.named if not is_comment(each.type)] if self.body else []
        return found[1:] if found and is_docstring(found[0]) else found

    @property
    def is_stub(self) -> bool:
        """Whether its body says nothing yet."""
        if self.body is None:
            return False
        # The body of an arrow function may be what it returns.
        if self.node.code.language != "python" and not self.body.text.startswith("{"):
            return False
        statements = self.statements
        return not statements or (len(statements) == 1 and _is_placeholder(statements[0]))


def unit_at(code: Code, start: int, end: int, kind: str = "") -> Unit | None:
    """Return the innermost function or class (or only one `kind` of them) around a range."""
    node: CodeNode | None = code.smallest(*_without_blank(code.text, start, end))
    while node is not None:
        found = unit_of(node)
        if found is not None and kind in ("", found.kind):
            return found
        node = node.parent
    return None


def units_in(code: Code) -> Iterator[Unit]:
    """Yield every function and class of a text that has a name, from the outside in."""
    for node in code.root.walk():
        found = unit_of(node)
        if found is not None:
            yield found


def unit_of(node: CodeNode) -> Unit | None:
    """Return a node, or the definition that it is the shell of, as a function or class with a name."""
    kind = _kind(node)
    if not kind:
        inner = node.field("definition") or node.field("declaration")
        return unit_of(inner) if inner is not None and node.type in _AROUND else None
    outer = node
    while (around := outer.parent) is not None and around.type in _AROUND:
        if around.type in ("lexical_declaration", "variable_declaration") and len(around.named) > 1:
            break
        outer = around
    name = _name(node)
    return Unit(kind, name, node, outer, node.field("body")) if name else None


def is_docstring(node: CodeNode) -> bool:
    """Tell whether a statement of Python is nothing but a string."""
    return node.type == "expression_statement" and [each.type for each in node.named] == ["string"]


def indent_at(text: str, offset: int) -> str:
    """Return the white space that the line of an offset begins with."""
    line = text[line_start(text, offset) :].split("\n", 1)[0]
    return line[: len(line) - len(line.lstrip())].rstrip("\r")


def line_start(text: str, offset: int) -> int:
    """Return where the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Return where the line of an offset ends, before its line break."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end > offset else end


def _kind(node: CodeNode) -> str:
    language = node.code.language
    if node.type in _FUNCTIONS.get(language, ()):
        return "function"
    return "class" if node.type in _CLASSES.get(language, ()) else ""


def _name(node: CodeNode) -> str:
    named = node.field("name")
    if named is None and node.type in ("arrow_function", "function_expression"):
        around = node.parent
        named = around.field("name") if around is not None and around.type == "variable_declarator" else None
    declared = node.field("declarator")
    while named is None and declared is not None:
        inner = declared.field("declarator")
        named, declared = (declared if inner is None else None), inner
    if named is None and node.type == "type_declaration":
        spec = next(iter(node.named), None)
        named = spec.field("name") if spec is not None else None
    return named.text if named is not None else ""


def _is_placeholder(statement: CodeNode) -> bool:
    text = statement.text
    if statement.type == "pass_statement" or text == "...":
        return True
    is_raised = statement.type in ("raise_statement", "throw_statement") or text.startswith(
        ("throw ", "panic(", "todo!", "unimplemented!", "panic!")
    )
    return is_raised and bool(_NOT_DONE.search(text))


def _without_blank(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range without the blank space at its ends; for a cursor in the indentation, the line's first word."""
    if start == end:
        rest = text[start : line_end(text, start)]
        start += len(rest) - len(rest.lstrip()) if rest.strip() else 0
        if start > line_start(text, start) and text[start : start + 1] in ("", "\n", "\r"):
            start -= 1
        return start, start
    chosen = text[start:end]
    start += len(chosen) - len(chosen.lstrip())
    return start, max(start, end - (len(chosen) - len(chosen.rstrip())))
