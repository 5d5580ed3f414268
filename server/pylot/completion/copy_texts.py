"""The texts that a weak model may copy from while it generates: what the prompt has no room for."""

from __future__ import annotations

from collections.abc import Sequence

from pylot.completion.plan import PromptPlan
from pylot.completion.values import CompletionRequest, OpenFile

_MAX_CHARACTERS = 1_000_000
_MAX_OF_ONE = 200_000
# Texts are sent once and known by their content, so the end of the file is cut where it stays the same for many lines.
_STEP = 8_000


def copy_texts(request: CompletionRequest, plan: PromptPlan, files: Sequence[OpenFile]) -> tuple[str, ...]:
    """Return the rest of the current file and the other open ones, the last active first, within a megabyte."""
    n_below = (len(request.text) - request.offset - len(plan.prompt.suffix)) // _STEP * _STEP
    texts = [
        request.text[: plan.start][-_MAX_OF_ONE:],
        request.text[len(request.text) - max(n_below, 0) :][:_MAX_OF_ONE],
    ]
    recent = sorted(files, key=lambda file: -file.last_active)
    texts += [file.text for file in recent if file.path != request.path and len(file.text) <= _MAX_OF_ONE]
    chosen: list[str] = []
    n_left = _MAX_CHARACTERS
    for text in texts:
        n_left -= len(text)
        if n_left < 0:
            break
        if text.strip():
            chosen.append(text)
    return tuple(chosen)
