"""Line endings, line breaks before the first word, and the end of a single line."""

from __future__ import annotations

import re

from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_LEADING_BREAKS = re.compile(r"(?:[ \t]*\n)+")
_MAX_BREAKS = 3


def unify_line_ends(draft: Draft, _context: PostContext) -> Draft | Reason:
    """End every line with a line feed; every editor turns it into the document's own ending."""
    if "\r" not in draft.text:
        return draft
    return Draft(draft.text.replace("\r\n", "\n").replace("\r", "\n"))


def settle_leading_breaks(draft: Draft, context: PostContext) -> Draft | Reason:
    """Drop blank lines before the text on a blank line; elsewhere a break says that the line is complete."""
    match = _LEADING_BREAKS.match(draft.text)
    if not match:
        return draft
    below = draft.text[match.end() :]
    if not below.strip():
        return Reason.ONLY_LINE_BREAKS
    if context.on_blank_line and not context.rest:
        return Draft(below)
    if context.single_line:
        return Reason.ONLY_LINE_BREAKS
    return Draft("\n" * min(match.group().count("\n"), _MAX_BREAKS) + below)


def cut_to_one_line(draft: Draft, context: PostContext) -> Draft | Reason:
    """Keep the first line where one line is wanted."""
    if not context.single_line or "\n" not in draft.text:
        return draft
    return Draft(draft.text.split("\n", 1)[0])
