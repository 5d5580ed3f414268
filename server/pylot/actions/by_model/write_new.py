"""Write what is not there yet: below a comment that describes it, or for a call of something undefined (K4)."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.by_model.answers import dedented, indented, only_code
from pylot.actions.by_model.bodies import parsed_piece
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import indent_at, line_end, line_start, units_in
from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.syntax.binding_values import FREE
from pylot.syntax.code_nodes import Code, CodeNode, is_comment

_CALLS = ("call", "call_expression")
_BOUND = ("python", "javascript", "typescript", "tsx")
_BUILTINS = frozenset(dir(builtins))
# Names that an environment of scripts brings along begin no request for a function of one's own.
_SCRIPT_GLOBALS = frozenset(
    [
        "require",
        "fetch",
        "alert",
        "setTimeout",
        "setInterval",
        "clearTimeout",
        "clearInterval",
        "queueMicrotask",
        "structuredClone",
        "parseInt",
        "parseFloat",
        "isNaN",
        "isFinite",
        "encodeURIComponent",
        "decodeURIComponent",
        "encodeURI",
        "decodeURI",
        "Symbol",
        "BigInt",
        "Number",
        "String",
        "Boolean",
        "Object",
        "Array",
        "Function",
        "Date",
        "RegExp",
        "Error",
        "Promise",
        "describe",
        "it",
        "test",
        "expect",
        "beforeEach",
        "afterEach",
        "beforeAll",
        "afterAll",
        "jest",
        "vi",
        "super",
        "import",
        "eval",
    ]
)
_WORDS = re.compile(r"[^\W\d_]{3,}")


class WriteFromComment:
    """Offered on a comment below which nothing follows yet at its depth."""

    id = "write-from-comment"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the comment of a place."""
        if _comment_at(place) is not None:
            yield Offer("Write what this comment describes", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for what belongs below the comment."""
        start, end = _required_comment(place)
        related = related_to(place, start, end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "context": fenced(quoted_around(place.text, start, end, around.room), place.language),
            "code": fenced(dedented(place.text[line_start(place.text, start) : end]), place.language),
        }
        return Ask("write-from-comment", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Insert the code below the comment, at its depth."""
        start, end = _required_comment(place)
        comment = dedented(place.text[line_start(place.text, start) : end])
        piece = dedented(only_code(answer.text))
        # A model that repeats the comment, or the file up to it, means what follows.
        before, found, after = piece.partition(comment)
        piece = dedented(after if found and _is_known(before, place.text) else piece)
        if not piece:
            raise ModelAnswerError("The model answered with nothing that could be used.")
        written = indented(piece, indent_at(place.text, start))
        return trusted(place, [TextEdit(end, end, f"\n{written}")], "Write what the comment describes", (end, end))


class WriteMissing:
    """Offered on a call of a function that nothing defines."""

    id = "write-missing"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the call at a place."""
        call = _missing_at(place)
        if call is not None:
            yield Offer(f"Write the function {call.name}", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the function."""
        call = _required_call(place)
        line = slice(line_start(place.text, call.node.start), line_end(place.text, call.node.end))
        related = related_to(place, line.start, line.stop, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "name": call.name,
            "context": fenced(quoted_around(place.text, call.node.start, call.node.end, around.room), place.language),
            "code": fenced(dedented(place.text[line]), place.language),
        }
        return Ask("write-missing", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Insert the function in front of the definition or statement that calls it."""
        call = _required_call(place)
        code = parsed_piece(only_code(answer.text), place.language)
        found = [each for each in units_in(code) if each.name == call.name] if code is not None else []
        if not found or found[0].kind != "function":
            raise ModelAnswerError("The model did not write the function that was asked for.")
        written = dedented(found[0].indent + found[0].text)
        gap = "\n\n\n" if place.language == "python" else "\n\n"
        at = _front_of(call.node)
        return trusted(place, [TextEdit(at, at, written + gap)], f"Write the function {call.name}", (at, at))


@dataclass(frozen=True, slots=True)
class _Call:
    node: CodeNode
    name: str


def _missing_at(place: Place) -> _Call | None:
    if place.code is None or place.language not in _BOUND:
        return None
    node: CodeNode | None = place.code.smallest(place.start, place.end)
    while node is not None and node.type not in _CALLS:
        if node.type in ("block", "statement_block", "module", "program"):
            return None
        node = node.parent
    callee = node.field("function") if node is not None else None
    if node is None or callee is None or callee.type != "identifier":
        return None
    known = _BUILTINS if place.language == "python" else _SCRIPT_GLOBALS
    if callee.text in known or _imports_all(place) or not _is_free(place.code, callee):
        return None
    return _Call(node, callee.text)


def _is_free(code: Code, callee: CodeNode) -> bool:
    """Tell whether nothing defines a name, without working out the scopes of the whole file if the text shows it."""
    name = re.escape(callee.text)
    if re.search(rf"\b(?:def|class|function\*?|from|import)\b[^\n]*\b{name}\b", code.text):
        return False
    if len(re.findall(rf"\b{name}\b", code.text)) == len(re.findall(rf"(?<!\.)\b{name}\(", code.text)):
        return True
    binding = binding_at(code, callee.start)
    return binding is None or (binding.scope == FREE and not any(it.is_definition for it in binding.occurrences))


def _imports_all(place: Place) -> bool:
    return bool(re.search(r"^\s*from\s+\S+\s+import\s+\*", place.text, re.MULTILINE))


def _required_call(place: Place) -> _Call:
    call = _missing_at(place)
    if call is None:
        raise ActionRefusedError("There is no call here of something that is not defined.")
    return call


def _front_of(node: CodeNode) -> int:
    """Return where a new definition goes: in front of the outermost statement around a node, and of its comment."""
    outer = node
    while (around := outer.parent) is not None and around.parent is not None:
        outer = around
    while (before := outer.previous) is not None and is_comment(before.type) and _is_right_above(before, outer):
        outer = before
    return outer.start


def _is_right_above(before: CodeNode, node: CodeNode) -> bool:
    return (
        node.code.text.count("\n", before.end, node.start) == 1 and not node.code.text[before.end : node.start].strip()
    )


def _comment_at(place: Place) -> tuple[int, int] | None:
    """Return the block of comments around a place if it says something and nothing stands below it."""
    if place.code is None:
        return None
    at = min(line_end(place.text, place.end), max(place.end, _first_word(place.text, place.end)))
    node = place.code.smallest(at, at)
    if not is_comment(node.type) and at > 0:
        node = place.code.smallest(at - 1, at - 1)
    if not is_comment(node.type) or place.text[line_start(place.text, node.start) : node.start].strip():
        return None
    first = last = node
    while (before := first.previous) is not None and is_comment(before.type) and _is_right_above(before, first):
        first = before
    while (after := last.following) is not None and is_comment(after.type) and _is_right_above(last, after):
        last = after
    end = line_end(place.text, last.end)
    if len(_WORDS.findall(place.text[first.start : end])) < 3 or not _is_open(place.text, end, first.start):
        return None
    return first.start, end


def _first_word(text: str, offset: int) -> int:
    start = line_start(text, offset)
    return start + len(indent_at(text, offset))


def _is_open(text: str, end: int, start: int) -> bool:
    """Tell whether what follows a comment leaves room: nothing, an empty line, or a line that is indented less."""
    following = text[end:].lstrip("\r").removeprefix("\n").split("\n", 1)[0]
    depth = len(following) - len(following.lstrip())
    return not following.strip() or depth < len(indent_at(text, start))


def _required_comment(place: Place) -> tuple[int, int]:
    found = _comment_at(place)
    if found is None:
        raise ActionRefusedError("There is no comment here with nothing below it.")
    return found


def _is_known(piece: str, text: str) -> bool:
    """Tell whether a text has all lines of a piece."""
    known = {line.strip() for line in text.split("\n")}
    return all(line.strip() in known for line in piece.split("\n") if line.strip())
