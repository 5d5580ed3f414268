"""Text that already stands right of the cursor on its line."""

from __future__ import annotations

from pylot.completion.brackets import CLOSERS, OPENERS, QUOTES, left_open, open_quote, outside_closers
from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_MIN_OVERLAP = 4
_CLOSING = frozenset(CLOSERS) | frozenset(QUOTES)


def fit_rest_of_line(draft: Draft, context: PostContext) -> Draft | Reason:
    """Say nothing twice: leave off an end that stands right of the cursor, or take over closers that stand there."""
    rest = context.rest
    if not rest:
        return draft
    if rest.strip().startswith(draft.text.strip()):
        return Reason.REPEATS_REST_OF_LINE
    closers = outside_closers(draft.text, open_quote(context.line_before))
    n_overlap = _overlap(draft.text, context, closers)
    if n_overlap:
        kept = draft.text[:-n_overlap]
        return Draft(kept) if kept.strip() else Reason.REPEATS_REST_OF_LINE
    return Draft(draft.text, _n_taken_over(draft.text, rest, closers))


def _overlap(text: str, context: PostContext, closers: list[int]) -> int:
    """How many characters at the end of the text are the beginning of the rest.

    A bracket that closes one of the text's own is not the one in the rest, unless nothing else is open for that.
    """
    rest = context.rest
    nothing_open = not left_open(context.line_before)
    for length in range(min(len(text), len(rest)), 0, -1):
        overlap = rest[:length]
        says_enough = length in (len(rest), len(rest.rstrip(";, "))) or length >= _MIN_OVERLAP or _closes(overlap)
        if not says_enough or not text.endswith(overlap):
            continue
        start = len(text) - length
        brackets = [start + i for i, each in enumerate(overlap) if each in _CLOSING or each in OPENERS]
        wraps_rest = nothing_open and length == len(rest) and not _closes(overlap)
        if wraps_rest or all(place in closers for place in brackets):
            return length
    return 0


def _closes(overlap: str) -> bool:
    return all(character in _CLOSING for character in overlap)


def _n_taken_over(text: str, rest: str, closers: list[int]) -> int:
    """How many characters of the rest the text brings along itself: closers first, then what stands after them."""
    n_taken = 0
    pending = list(closers)
    position = -1
    for index, character in enumerate(rest):
        if character.isspace():
            continue
        if character in _CLOSING:
            if not pending or text[pending[0]] != character:
                break
            position = pending.pop(0)
        else:
            line_end = text.find("\n", position)
            found = text.find(character, position + 1, line_end if line_end >= 0 else len(text))
            if position < 0 or found < 0 or character not in ":;,{":
                break
            position = found
        n_taken = index + 1
    return n_taken
