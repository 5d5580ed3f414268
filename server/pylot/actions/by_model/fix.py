"""Fix what a diagnostic names: only the lines around it may change, and they have to parse as well as before."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.actions.by_model.answers import dedented, indented, only_code, read_blocks
from pylot.actions.by_model.bodies import same_unit
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.task import Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit, indent_at, line_end, line_start, unit_at
from pylot.actions.edit_ladder import plan_replacements
from pylot.actions.edits import TextEdit
from pylot.actions.offer import QUICK_FIX, Finding, Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.shown_text import unhidden

_MOST_LINES = 60
_LINES_AROUND = 4
_LONGEST_MESSAGE = 1_000
_LONGEST_TITLE = 60


class FixFinding:
    """Offered for every diagnostic that the editor shows at a place."""

    id = "fix"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return one offer for each finding."""
        for each in place.findings:
            message = unhidden(" ".join(each.message.split()))
            short = message if len(message) <= _LONGEST_TITLE else f"{message[:_LONGEST_TITLE].rstrip()}…"
            data = {"start": each.start, "end": each.end, "message": each.message[:_LONGEST_MESSAGE]}
            named = {"source": each.source or "The editor", "code": each.code}
            yield Offer(f"Fix: {short}", QUICK_FIX, self.id, data | named, is_model=True, fixes=(each.index,))

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the lines around the finding, repaired."""
        finding, (start, end) = _finding(place, offer), self._span(place, offer)
        related = related_to(place, start, end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "source": finding.source,
            "line": str(place.text.count("\n", 0, finding.start) + 1),
            "message": fenced(" ".join(filter(None, (finding.code, finding.message)))),
            "context": fenced(quoted_around(place.text, start, end, around.room), place.language),
            "code": fenced(dedented(place.text[start:end]), place.language),
        }
        return Ask("fix", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Put the repaired lines in the place of those that were asked about."""
        start, end = self._span(place, offer)
        label = "Fix a problem"
        blocks = read_blocks(answer.text)
        if blocks:
            return trusted(place, plan_replacements(place.text, blocks, within=(start, end)), label, (start, end))
        unit = _unit(place, _finding(place, offer))
        written = _repaired(unit, answer.text) if unit is not None else only_code(answer.text)
        lines = indented(dedented(written), indent_at(place.text, _first_line_with_words(place.text, start)))
        return trusted(place, [TextEdit(start, end, lines)], label, (start, end))

    def _span(self, place: Place, offer: Offer) -> tuple[int, int]:
        """Return the whole lines that may change: the function around the finding, or else some lines around it."""
        finding = _finding(place, offer)
        unit = _unit(place, finding)
        if unit is not None:
            return line_start(place.text, unit.start), line_end(place.text, unit.end)
        start, end = line_start(place.text, finding.start), line_end(place.text, finding.end)
        for _ in range(_LINES_AROUND):
            start = line_start(place.text, max(0, start - 1))
            feed = place.text.find("\n", end)
            end = line_end(place.text, feed + 1) if feed >= 0 else end
        return start, end


def _finding(place: Place, offer: Offer) -> Finding:
    def number(name: str) -> int:
        value = offer.data.get(name)
        return min(max(value, 0), len(place.text)) if isinstance(value, int) else 0

    def word(name: str) -> str:
        value = offer.data.get(name)
        return value[:_LONGEST_MESSAGE] if isinstance(value, str) else ""

    start = number("start")
    return Finding(start, max(start, number("end")), word("message"), word("source"), word("code"))


def _unit(place: Place, finding: Finding) -> Unit | None:
    """Return the function around a finding if it is short enough to be written anew."""
    if place.code is None:
        return None
    found = unit_at(place.code, finding.start, max(finding.start, min(finding.end, len(place.text))), "function")
    if found is None or found.text.count("\n") > _MOST_LINES:
        return None
    # What shares its lines with something else cannot be put in by whole lines.
    before = place.text[line_start(place.text, found.start) : found.start]
    return found if not before.strip() else None


def _repaired(unit: Unit, answer: str) -> str:
    """Return the function itself where the answer holds more than that."""
    found = same_unit(unit, answer)
    return found.indent + found.text if found is not None else only_code(answer)


def _first_line_with_words(text: str, start: int) -> int:
    while start < len(text) and not text[start : line_end(text, start)].strip():
        start = line_end(text, start) + 1
    return min(start, len(text))
