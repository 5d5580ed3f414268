"""The body of a function out of a model's answer, put into the function that is there: nothing else is taken."""

from __future__ import annotations

import re
from types import MappingProxyType

from pylot.actions.by_model.answers import code_pieces, dedented, indented
from pylot.actions.by_model.units import Unit, is_docstring, line_end, line_start, units_in
from pylot.actions.edits import TextEdit
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.syntax.code_nodes import Code, CodeNode, read_code_nodes

_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_NOTHING_NEW = "The model left the body as empty as it was."


def body_edit(unit: Unit, answer: str) -> TextEdit:
    """Return the edit that gives a function the body that a model has written for it.

    The function's own header and docstring stay as they are. An answer without the function's name is taken for its
    body alone.

    Raises:
        ModelAnswerError: there is no body in the answer.
        ActionRefusedError: the body is as empty as before.
    """
    code = unit.node.code
    written = _written(unit, answer)
    inner = dedented(written)
    if not inner or says_nothing(unit, inner):
        raise ActionRefusedError(_NOTHING_NEW)
    lines = indented(inner, unit.indent + indent_step(code.text, unit))
    if code.language == "python":
        start, end = _python_span(unit)
        return TextEdit(start, end, f"\n{lines}")
    assert unit.body is not None
    return TextEdit(unit.body.start, unit.body.end, f"{{\n{lines}\n{unit.indent}}}")


def body_span(unit: Unit) -> tuple[int, int]:
    """Return between which offsets a new body goes."""
    if unit.node.code.language == "python":
        return _python_span(unit)
    assert unit.body is not None
    return unit.body.start, unit.body.end


def indent_step(text: str, unit: Unit | None = None) -> str:
    """Return what one more level of a file is indented by: that of a unit's body, else that of the file."""
    if unit is not None and unit.body is not None and unit.body.named:
        inner = unit.body.named[0]
        line = text[line_start(text, inner.start) : inner.start]
        if not line.strip() and line.startswith(unit.indent) and line != unit.indent:
            return line.removeprefix(unit.indent)
    found = _INDENTED.search(text)
    if found is None:
        return "    "
    return "\t" if found[1][0] == "\t" else found[1][:8]


def same_unit(unit: Unit, answer: str) -> Unit | None:
    """Return the function or class of a unit's name in the code of an answer, or None."""
    for piece in sorted(code_pieces(answer), key=len, reverse=True):
        code = parsed_piece(piece, unit.node.code.language)
        found = [each for each in units_in(code) if (each.kind, each.name) == (unit.kind, unit.name)] if code else []
        if found:
            # A model that shows the old version first means the last one.
            return found[-1]
    return None


def parsed_piece(piece: str, language: str) -> Code | None:
    """Return the tree of a piece of code, which may be a method or a statement, and so no file of its own."""
    best = read_code_nodes(dedented(piece), language)
    for opens, closes in _SHELLS.get(language, ()):
        if best is None or not best.tree.error_count:
            break
        inside = read_code_nodes(opens + piece + closes, language)
        if inside is not None and inside.tree.error_count < best.tree.error_count:
            best = inside
    return best


_IN_CLASS = ("class X {\n", "\n}\n")
# What makes a member of a class, or a statement, into a file of its own.
_SHELLS = MappingProxyType(
    {
        "java": (_IN_CLASS, ("class X { void x() {\n", "\n}}\n")),
        "csharp": (_IN_CLASS, ("class X { void x() {\n", "\n}}\n")),
        "javascript": (_IN_CLASS,),
        "typescript": (_IN_CLASS,),
        "tsx": (_IN_CLASS,),
        "php": (("<?php\n", "\n"), ("<?php\nclass X {\n", "\n}\n")),
        "go": (("package x\nfunc x() {\n", "\n}\n"),),
        "rust": (("fn x() {\n", "\n}\n"),),
    }
)


def _written(unit: Unit, answer: str) -> str:
    found = same_unit(unit, answer)
    if found is not None:
        return _inner(found)
    pieces = code_pieces(answer)
    if not pieces:
        raise ModelAnswerError("The model answered with nothing that could be used.")
    piece = max(pieces, key=len)
    if unit.name in piece and re.search(rf"\b(def|function|func|fn)\s+{re.escape(unit.name)}\b", piece):
        raise ModelAnswerError("The model's code could not be parsed.")
    return _without_braces(piece, unit.node.code.language)


def _inner(unit: Unit) -> str:
    text = unit.node.code.text
    if unit.body is None:
        return ""
    if unit.node.code.language == "python":
        start, end = _python_span(unit)
        return text[start:end].strip("\n")
    if not unit.body.text.startswith("{"):
        raise ModelAnswerError("The model's code could not be parsed.")
    return unit.body.text[1:-1].strip("\n")


def _python_span(unit: Unit) -> tuple[int, int]:
    """Return the offsets of what a function of Python does: behind its docstring, or else behind the colon."""
    text, first = unit.node.code.text, next(iter(_statements(unit)), None)
    if first is not None and is_docstring(first):
        return line_end(text, first.end) if not _same_line_follows(text, first.end) else first.end, unit.node.end
    colons = [each for each in unit.node.children if each.type == ":"]
    start = colons[-1].end if colons else unit.node.end
    return start, unit.node.end


def _same_line_follows(text: str, offset: int) -> bool:
    rest = text[offset : line_end(text, offset)].strip()
    return rest.startswith(";")


def _statements(unit: Unit) -> list[CodeNode]:
    return unit.body.named if unit.body is not None else []


def says_nothing(unit: Unit, inner: str) -> bool:
    """Tell whether a body says nothing: put into the function, it is still one to be written."""
    language = unit.node.code.language
    if language == "python":
        whole, name = f"def x():\n{indented(inner, '    ')}", "x"
    else:
        assert unit.body is not None
        header = unit.node.code.text[unit.node.start : unit.body.start]
        # An arrow function has no name of its own.
        is_arrow = unit.node.type == "arrow_function"
        whole, name = f"{f'const {unit.name} = ' if is_arrow else ''}{header} {{\n{inner}\n}}", unit.name
    code = parsed_piece(whole, language)
    found = next((each for each in units_in(code) if each.name == name), None) if code is not None else None
    return found is not None and found.is_stub


def _without_braces(piece: str, language: str) -> str:
    stripped = piece.strip()
    if language != "python" and stripped.startswith("{") and stripped.endswith("}"):
        return stripped[1:-1].strip("\n")
    return piece
