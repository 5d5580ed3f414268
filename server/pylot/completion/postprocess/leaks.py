"""Text that no user should see: sentinels of prompt templates and the fences of chat answers."""

from __future__ import annotations

import re

from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

# Sentinels of the known families; a card adds its own. Each is cut only where the file does not hold it itself.
_SENTINELS = (
    *("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>"),
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|file_separator|>", "<|cursor|>"),
    *("<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<file_sep>", "<repo_name>"),
    *("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"),
    *("<PRE>", "<SUF>", "<MID>", "<EOT>", "[PREFIX]", "[SUFFIX]", "[MIDDLE]"),
)
# Shorter beginnings of a sentinel at the end of a text may be code, such as F#'s `<|`.
_MIN_PARTIAL = 5
_FENCE = re.compile(r"\s*(?:[A-Z][^\n`]*:\s*\n+)?```[\w+#.-]*[ \t]*\n(.*?)(?:\n```.*)?\Z", re.DOTALL)
_FENCED_LANGUAGES = frozenset({"markdown", "mdx", "restructuredtext", "asciidoc", "quarto"})


def cut_leaked_text(draft: Draft, context: PostContext) -> Draft | Reason:
    """Cut at the first stop text, sentinel, or sentinel's beginning at the very end."""
    text = draft.text
    stops = [stop for stop in context.stop_texts if stop]
    foreign = [each for each in _SENTINELS if each in text and _is_foreign(each, context)]
    places = [place for place in (text.find(stop) for stop in (*stops, *foreign)) if place >= 0]
    if places:
        return _cut(text, min(places))
    for sentinel in _SENTINELS:
        for length in range(min(len(sentinel) - 1, len(text)), _MIN_PARTIAL - 1, -1):
            if text.endswith(sentinel[:length]) and _is_foreign(sentinel, context):
                return _cut(text, len(text) - length)
    return draft


def take_out_of_fence(draft: Draft, context: PostContext) -> Draft | Reason:
    """Take code out of a Markdown fence, unless the document is one that holds fences."""
    if context.language in _FENCED_LANGUAGES or "```" not in draft.text:
        return draft
    fenced = _FENCE.match(draft.text)
    if fenced:
        return Draft(fenced.group(1))
    closing = draft.text.find("\n```")
    return Draft(draft.text[:closing]) if closing >= 0 else draft


def _is_foreign(sentinel: str, context: PostContext) -> bool:
    return sentinel not in context.prefix and sentinel not in context.suffix


def _cut(text: str, place: int) -> Draft | Reason:
    return Draft(text[:place]) if text[:place].strip() else Reason.EMPTY
