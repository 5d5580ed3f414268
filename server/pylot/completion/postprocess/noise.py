"""What is left at the end: trailing blanks, and texts that are not worth a look."""

from __future__ import annotations

import re

from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_BLANKS_AT_LINE_END = re.compile(r"[ \t]+(?=\n)")
_MIN_VISIBLE = 2
_MAX_PUNCTUATION = 3


def trim_trailing_blanks(draft: Draft, context: PostContext) -> Draft | Reason:
    """Take blanks off line ends, and off the end where nothing follows on the line."""
    text = _BLANKS_AT_LINE_END.sub("", draft.text)
    keeps_end = bool(context.rest[draft.replace_right :])
    return Draft(text if keeps_end else text.rstrip(), draft.replace_right)


def drop_noise(draft: Draft, _context: PostContext) -> Draft | Reason:
    """Drop what is blank, a single character, or only a little punctuation."""
    visible = draft.text.strip()
    if not visible:
        return Reason.EMPTY
    if len(visible) <= _MAX_PUNCTUATION and not any(each.isalnum() for each in visible):
        return Reason.ONLY_PUNCTUATION
    if len(visible) < _MIN_VISIBLE:
        return Reason.TOO_SHORT
    return draft
