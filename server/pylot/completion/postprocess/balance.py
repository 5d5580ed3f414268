"""Closers that close what is closed already."""

from __future__ import annotations

from pylot.completion.brackets import CLOSERS, left_open, open_quote, outside_closers
from pylot.completion.cursor import lines_below
from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

# Beyond this the brackets around the cursor cannot be counted, and verification by the parser has to do.
_MAX_COUNTED = 40_000


def cut_superfluous_closers(draft: Draft, context: PostContext) -> Draft | Reason:
    """Cut at the first bracket that closes nothing, or something that the text below the cursor closes."""
    closers = [
        place for place in outside_closers(draft.text, open_quote(context.line_before)) if draft.text[place] in CLOSERS
    ]
    if not closers or max(len(context.prefix), len(context.suffix)) > _MAX_COUNTED:
        return draft
    n_open = len(left_open(context.prefix, context.language))
    n_closed_below = len(outside_closers(context.suffix[draft.replace_right :], language=context.language))
    n_free = max(0, n_open - n_closed_below, _n_open_on_line(context))
    if len(closers) <= n_free:
        return draft
    kept = draft.text[: closers[n_free]].rstrip()
    n_replaced = draft.replace_right if n_free else 0
    return Draft(kept, n_replaced) if kept.strip() else Reason.CLOSES_TOO_MUCH


def _n_open_on_line(context: PostContext) -> int:
    """How many brackets the cursor's line leaves to the text; surer than counting through a file of odd quotes."""
    below = next((line.strip() for line in lines_below(context.suffix, 10) if line.strip()), "")
    if context.rest or below[:1] in CLOSERS:
        return 0
    return len(left_open(context.line_before, context.language))
