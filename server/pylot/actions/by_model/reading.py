"""Explain what is selected, and find problems in it: nothing is changed (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pylot.actions.by_model.answers import without_thoughts
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.task import Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.units import line_end, line_start, unit_at
from pylot.actions.offer import Finding, Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.kernel.shown_text import unhidden

EXPLAIN = "refactor.pylot.explain"
REVIEW = "refactor.pylot.review"
_MOST_PROBLEMS = 20
_LONGEST_MESSAGE = 400
_SEVERITIES = ("error", "warning", "information")
# Links and pictures in what a model writes could fetch or run something when somebody looks at it.
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<(?:https?|command|file|javascript|data|vscode)[^>]*>", re.IGNORECASE)


class Explain:
    """Offered for a selection, and for the function or class around a cursor."""

    id = "explain"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer."""
        span = _span(place)
        if span is not None:
            yield Offer(f"Explain {_what(place)}", EXPLAIN, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for an explanation in Markdown."""
        start, end = _required(place)
        related = related_to(place, start, end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "context": fenced(quoted_around(place.text, start, end, around.room), place.language),
            "code": fenced(place.text[start:end], place.language),
        }
        return Ask("explain", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Return the explanation as a page."""
        page = harmless_markdown(without_thoughts(answer.text))
        if not page:
            raise ModelAnswerError("The model explained nothing.")
        start, _ = _required(place)
        line = place.text.count("\n", 0, start) + 1
        return Plan((), f"Explain {_what(place)}", page=f"# {file_name(place)}, line {line}\n\n{page}\n")


class Review:
    """Offered for a selection, and for the function or class around a cursor."""

    id = "review"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer."""
        if _span(place) is not None:
            yield Offer(f"Find problems in {_what(place)}", REVIEW, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for problems with the numbers of their lines."""
        start, end = _required(place)
        first = place.text.count("\n", 0, start) + 1
        lines = place.text[line_start(place.text, start) : end].split("\n")
        numbered = "\n".join(f"{number:>4} {line}" for number, line in enumerate(lines, first))
        values = {
            "language": place.language,
            "file": file_name(place),
            "context": fenced(quoted_around(place.text, start, end, around.room // 2), place.language),
            "code": fenced(numbered),
        }
        return Ask("review", values, _schema(first, first + len(lines) - 1))

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Return the problems, each on the words of its line."""
        start, end = _required(place)
        first = place.text.count("\n", 0, start) + 1
        last = place.text.count("\n", 0, end) + 1
        found = answer.value.get("problems") if isinstance(answer.value, dict) else None
        problems = [_problem(place.text, each) for each in found or [] if first <= int(each["line"]) <= last]
        label = f"{len(problems)} problems found." if len(problems) != 1 else "1 problem found."
        return Plan((), label if problems else "No problems found.", problems=tuple(problems[:_MOST_PROBLEMS]))


def harmless_markdown(text: str) -> str:
    """Return Markdown of a model without links, pictures and characters that nobody sees."""
    return unhidden(_LINK.sub(lambda found: found[1] or "", text)).strip()


def _schema(first: int, last: int) -> dict[str, Any]:
    problem = {
        "type": "object",
        "properties": {
            "line": {"type": "integer", "minimum": first, "maximum": last},
            "severity": {"enum": list(_SEVERITIES)},
            "message": {"type": "string"},
        },
        "required": ["line", "severity", "message"],
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": problem, "maxItems": _MOST_PROBLEMS}
    return {"type": "object", "properties": {"problems": listed}, "required": ["problems"]}


def _problem(text: str, found: dict[str, Any]) -> Finding:
    at = 0
    for _ in range(int(found["line"]) - 1):
        at = text.find("\n", at) + 1
    end = line_end(text, at)
    at += len(text[at:end]) - len(text[at:end].lstrip())
    severity = found.get("severity")
    message = unhidden(" ".join(str(found["message"]).split()))[:_LONGEST_MESSAGE]
    return Finding(at, max(at, end), message, "Pylot", str(severity) if severity in _SEVERITIES else "warning")


def _span(place: Place) -> tuple[int, int] | None:
    """Return what is selected, in whole lines, or the function or class around a cursor."""
    if place.selected.strip():
        end = place.end - 1 if place.selected.endswith("\n") else place.end
        return line_start(place.text, place.start), line_end(place.text, end)
    unit = unit_at(place.code, place.start, place.end) if place.code is not None else None
    return (unit.start, unit.end) if unit is not None else None


def _required(place: Place) -> tuple[int, int]:
    span = _span(place)
    if span is None:
        raise ActionRefusedError("There is nothing selected, and no function or class around the cursor.")
    return span


def _what(place: Place) -> str:
    if place.selected.strip():
        return "the selection"
    unit = unit_at(place.code, place.start, place.end) if place.code is not None else None
    return unit.name if unit is not None else "this"
