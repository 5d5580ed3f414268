"""A prompt's plan as the note that is saved with the model's state of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from pylot.completion.plan import STABLE_SUFFIX_CHARACTERS, PromptPlan
from pylot.models.values import ContextChunk, FimPrompt


def to_note(plan: PromptPlan) -> str:
    """Return everything of a plan that the next one builds on."""
    prompt = replace(plan.prompt, copy_from=())
    return json.dumps(asdict(replace(plan, prompt=prompt, full_suffix=plan.full_suffix[:STABLE_SUFFIX_CHARACTERS])))


def from_note(note: str) -> PromptPlan | None:
    """Return the plan of a note, None where the note is of another kind."""
    try:
        values: dict[str, Any] = json.loads(note)
        prompt = values.pop("prompt")
        context = tuple(ContextChunk(**chunk) for chunk in prompt.pop("context"))
        prompt.pop("copy_from")
        return PromptPlan(prompt=FimPrompt(**prompt, context=context), **values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
