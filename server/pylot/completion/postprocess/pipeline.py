"""Run the steps in order; the order matters and is visible here."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.completion.postprocess.balance import cut_superfluous_closers
from pylot.completion.postprocess.block import cut_at_block_end
from pylot.completion.postprocess.draft import Draft, PostContext, Step
from pylot.completion.postprocess.indentation import indent_like_document, settle_first_indentation
from pylot.completion.postprocess.leaks import cut_leaked_text, take_out_of_fence
from pylot.completion.postprocess.line_breaks import cut_to_one_line, settle_leading_breaks, unify_line_ends
from pylot.completion.postprocess.neighbors import cut_what_follows, drop_line_above
from pylot.completion.postprocess.noise import drop_noise, trim_trailing_blanks
from pylot.completion.postprocess.repetition import cut_repetition
from pylot.completion.postprocess.right_of_cursor import fit_rest_of_line
from pylot.completion.reasons import Reason

STEPS: tuple[Step, ...] = (
    unify_line_ends,
    take_out_of_fence,
    cut_leaked_text,
    settle_leading_breaks,
    settle_first_indentation,
    cut_to_one_line,
    cut_at_block_end,
    cut_repetition,
    drop_line_above,
    cut_what_follows,
    fit_rest_of_line,
    cut_superfluous_closers,
    indent_like_document,
    trim_trailing_blanks,
    drop_noise,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of a text, or nothing and why; `changed_by` names the steps that altered or dropped it."""

    draft: Draft | None
    reason: str
    changed_by: tuple[str, ...]


def run(text: str, context: PostContext) -> Outcome:
    """Put a text through every step until one drops it."""
    draft = Draft(text)
    changed_by: list[str] = []
    for step in STEPS:
        result = step(draft, context)
        if result != draft:
            changed_by.append(step.__name__)
        if isinstance(result, Reason):
            return Outcome(None, result.value, tuple(changed_by))
        draft = result
    return Outcome(draft, "", tuple(changed_by))
