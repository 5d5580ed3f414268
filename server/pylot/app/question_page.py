"""A question to the user as lines to read: everything that would be done, nothing left out (T24)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from pylot.kernel.shown_text import visible
from pylot.text.uris import path_of

Style = Literal["", "bold", "dim", "red", "green", "yellow", "cyan"]


def question_lines(question: Mapping[str, Any]) -> Iterator[tuple[str, Style]]:
    """Return a question as `pylot/approval` has it in lines, each with how it may be painted."""
    yield str(question["title"]), "bold"
    yield f"Risk: {question['risk']}", "red" if question["risk"] == "high" else "yellow"
    for reason in question.get("reasons") or ():
        yield f"- {reason}", ""
    for line in str(question.get("detail") or "").splitlines():
        yield line, "dim"
    if command := question.get("command"):
        yield f"In {command['cwd']}, sandbox: {command['sandbox']}", "dim"
        for line in str(command["text"]).splitlines():
            yield f"  $ {line}", "cyan"
    for edit in question.get("edits") or ():
        yield _name(str(edit["uri"])), "bold"
        yield from _diff(edit)


def question_page(question: Mapping[str, Any]) -> str:
    """Return a question as a page of plain text, with how else it can be answered."""
    lines = [line for line, _ in question_lines(question)]
    lines += ["", f"Answer in the message, or with `pylot approvals answer {question['id']} once`.", ""]
    return "\n".join(lines)


def _diff(edit: Mapping[str, Any]) -> Iterator[tuple[str, Style]]:
    before, after = str(edit["before"] or ""), str(edit["after"] or "")
    lines = list(difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=3))
    colours: Mapping[str, Style] = {"+": "green", "-": "red", "@": "dim"}
    for line in lines[2:]:
        yield visible(line), colours.get(line[:1], "")
    if not lines and before != after:
        yield "Only the ends of lines change.", "dim"


def _lines(text: str) -> list[str]:
    """Return lines as compilers see them: what else Python takes for a line's end has to be seen in the diff."""
    return text.replace("\r\n", "\n").split("\n")


def _name(uri: str) -> str:
    return visible(path_of(uri) or unquote(uri))
