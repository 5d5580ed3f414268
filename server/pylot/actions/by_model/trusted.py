"""What stands between a model's edit and the user's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pylot.actions.by_model.answers import refuse_hidden
from pylot.actions.edit_check import narrowed, refuse_new_errors, refuse_outside
from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import OtherFile, Place, Plan
from pylot.kernel.errors import ActionRefusedError


def trusted(place: Place, edits: Sequence[TextEdit], label: str, within: tuple[int, int]) -> Plan:
    """Return a plan of edits that lie in the range that was offered, hide nothing and leave what parsed parsing.

    Raises:
        ActionRefusedError: they do not, or they change nothing.
        ModelAnswerError: they hold characters that nobody sees.
    """
    edits = [_in_ending_of(place.text, edit) for edit in edits]
    refuse_outside(edits, *within)
    after = applied(place.text, edits)
    refuse_hidden(place.text, after)
    refuse_new_errors(place.text, after, place.language)
    narrow = narrowed(place.text, after)
    if narrow is None:
        raise ActionRefusedError("The model would change nothing here.")
    is_inside = within[0] <= narrow.start and narrow.end <= within[1]
    return Plan((narrow,) if is_inside else tuple(edits), label, needs_review=True)


def with_file(plan: Plan, path: str, text: str) -> Plan:
    """Return a plan that also makes a file."""
    refuse_hidden("", text)
    return replace(plan, others=(*plan.others, OtherFile(path, None, (TextEdit(0, 0, text),))))


def _in_ending_of(text: str, edit: TextEdit) -> TextEdit:
    """Return an edit whose lines end as those of the text do."""
    ending = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    plain = edit.text.replace("\r\n", "\n").replace("\r", "\n")
    return TextEdit(edit.start, edit.end, plain.replace("\n", ending))
