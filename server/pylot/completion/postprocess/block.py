"""The end of the block that a text belongs to."""

from __future__ import annotations

from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason


def cut_at_block_end(draft: Draft, context: PostContext) -> Draft | Reason:
    """Cut a multi-line text where the syntax says that its block ends."""
    if context.single_line or context.block_end is None or "\n" not in draft.text:
        return draft
    end = context.block_end(context.language, context.prefix, draft.text, context.suffix)
    if end >= len(draft.text):
        return draft
    return Draft(draft.text[:end]) if draft.text[:end].strip() else Reason.EMPTY
