"""No action may leave a file worse than it was (issue 8)."""

from __future__ import annotations

from itertools import pairwise

from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import OtherFile, Place, Plan
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import read_code_nodes
from pylot.syntax.languages import canonical_language


def checked(place: Place, plan: Plan) -> Plan:
    """Return a plan that leaves what parsed parsing.

    Raises:
        ActionRefusedError: its edits overlap, or the text would not parse as well as before.
    """
    refuse_overlaps(plan.edits)
    if place.code is not None:
        after = read_code_nodes(applied(place.text, plan.edits), place.language, place.code)
        if after is None or after.tree.error_count > place.code.tree.error_count:
            raise ActionRefusedError("After this the file would not parse any more, so Pylot left it as it is.")
    for other in plan.others:
        refuse_overlaps(other.edits)
        _refuse_broken(other)
    return plan


def _refuse_broken(other: OtherFile) -> None:
    language = canonical_language("", other.path)
    before = read_code_nodes(other.text or "", language)
    after = read_code_nodes(applied(other.text or "", other.edits), language)
    if before is not None and (after is None or after.tree.error_count > before.tree.error_count):
        raise ActionRefusedError("After this another file would not parse any more, so Pylot left all as it is.")


def refuse_overlaps(edits: tuple[TextEdit, ...]) -> None:
    """Refuse edits of the same place, which editors would make in an order of their own.

    Raises:
        ActionRefusedError: there are such.
    """
    ordered = sorted(edits)
    for before, after in pairwise(ordered):
        if after.start < before.end or after.start == before.start:
            raise ActionRefusedError("Two changes of this action meet at the same place, so Pylot left the file alone.")
