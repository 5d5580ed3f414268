"""Text that already stands right above or right below."""

from __future__ import annotations

from pylot.completion.brackets import CLOSERS, is_balanced
from pylot.completion.cursor import lines_below
from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_MIN_LINE = 8
_MIN_CUT_OFF = 4
_LOOKED_AT = 60


def drop_line_above(draft: Draft, context: PostContext) -> Draft | Reason:
    """Drop a text whose first line only says the line above again."""
    line = (context.line_before + draft.text.split("\n", 1)[0] + context.rest).strip()
    if len(line) >= _MIN_LINE and line == context.line_above.strip():
        return Reason.REPEATS_LINE_ABOVE
    return draft


def cut_what_follows(draft: Draft, context: PostContext) -> Draft | Reason:
    """Drop a text that stands below as a whole; cut its last lines where they do."""
    if context.rest:
        return draft
    first, *more = draft.text.split("\n")
    lines = [context.line_before + first, *more]
    below = [line.rstrip() for line in lines_below(context.suffix, _LOOKED_AT) if line.strip()]
    written = [line.rstrip() for line in lines if line.strip()]
    if not below or not written:
        return draft
    if _all_below(written, below):
        return Reason.REPEATS_TEXT_BELOW
    n_cut = _n_last_lines_below(written, below)
    if n_cut == 0:
        return draft
    kept = _without_last(draft.text.split("\n"), n_cut)
    return Draft(kept) if kept.strip() else Reason.REPEATS_TEXT_BELOW


def _all_below(written: list[str], below: list[str]) -> bool:
    mine = [line.strip() for line in written]
    theirs = [line.strip() for line in below[: len(mine)]]
    if mine == theirs:
        return True
    *whole, last = mine
    cut_off = len(last) >= _MIN_CUT_OFF and len(theirs) == len(mine) and theirs[-1].startswith(last)
    return bool(whole) and whole == theirs[:-1] and cut_off


def _n_last_lines_below(written: list[str], below: list[str]) -> int:
    """How many of the last lines equal the first ones below, indentation included."""
    for count in range(min(len(written) - 1, len(below)), 0, -1):
        if written[-count:] != below[:count]:
            continue
        only_closers = all(set(line.strip()) <= set(CLOSERS) | set(";,") for line in written[-count:])
        # Closers that belong to what the text itself opens are not the ones below.
        if only_closers and is_balanced("\n".join(written)):
            continue
        return count
    return 0


def _without_last(lines: list[str], n_not_blank: int) -> str:
    kept = list(lines)
    while kept and n_not_blank:
        n_not_blank -= bool(kept.pop().strip())
    return "\n".join(kept).rstrip()
