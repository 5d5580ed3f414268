"""Decide whether a place is worth asking about, before anything costs time."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.completion.cursor import is_inert, is_mid_word, rest_of_line
from pylot.completion.reasons import Reason
from pylot.completion.values import CompletionRequest, Trigger

MIN_TEXT = 10
# One or two deletions mend a slip; from the third on the user is rewriting and help is welcome again.
REWRITING_DELETIONS = 3


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the caller knows about the place: settings, exclusion, syntax, and what the user just did.

    `excluded` is the exclusion gate's reason, or nothing; `deletions` counts the changes in a row that only deleted.
    """

    enabled: bool = True
    language_off: bool = False
    comments_off: bool = False
    strings_off: bool = False
    excluded: str | None = None
    out_of_sync: bool = False
    in_comment: bool = False
    in_string: bool = False
    undo_in_progress: bool = False
    deletions: int = 0


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether to ask, and why not; `detail` adds what the exclusion gate said."""

    ask: bool
    reason: str = ""
    detail: str = ""


def decide(request: CompletionRequest, facts: GateFacts) -> GateDecision:
    """Tell whether to look for a suggestion.

    An invoked request is refused only where Pylot is off, blind or forbidden to look.
    """
    reason = _refused_always(request, facts)
    if reason is None and request.trigger is Trigger.AUTOMATIC:
        reason = _refused_by_setting(facts) or _refused_by_place(request) or _refused_by_activity(facts)
    if reason is None:
        return GateDecision(ask=True)
    detail = facts.excluded or "" if reason is Reason.EXCLUDED else ""
    return GateDecision(ask=False, reason=reason.value, detail=detail)


def _refused_always(request: CompletionRequest, facts: GateFacts) -> Reason | None:
    if not facts.enabled:
        return Reason.DISABLED
    if facts.excluded is not None:
        return Reason.EXCLUDED
    if facts.out_of_sync:
        return Reason.OUT_OF_SYNC
    selected = request.selected
    if selected is not None and "\n" in request.text[selected.start : selected.end]:
        return Reason.SELECTION_SPANS_LINES
    return None


def _refused_by_setting(facts: GateFacts) -> Reason | None:
    if facts.language_off:
        return Reason.LANGUAGE_OFF
    if facts.in_comment and facts.comments_off:
        return Reason.COMMENT_OFF
    if facts.in_string and facts.strings_off:
        return Reason.STRING_OFF
    return None


def _refused_by_place(request: CompletionRequest) -> Reason | None:
    if len(request.text.strip()) < MIN_TEXT:
        return Reason.TOO_LITTLE_TEXT
    suffix = request.text[request.offset : request.offset + 1_000]
    if is_mid_word(suffix):
        return Reason.MID_WORD
    if not is_inert(rest_of_line(suffix)):
        return Reason.TEXT_RIGHT_OF_CURSOR
    return None


def _refused_by_activity(facts: GateFacts) -> Reason | None:
    if facts.undo_in_progress:
        return Reason.UNDO_IN_PROGRESS
    if 0 < facts.deletions < REWRITING_DELETIONS:
        return Reason.JUST_DELETED
    return None
