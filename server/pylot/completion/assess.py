"""From a raw candidate to an answer worth showing, or the reason for silence: post-process, then verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pylot.completion.agreement import say_the_same
from pylot.completion.answer_cache import Answer
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace
from pylot.completion.postprocess.draft import PostContext
from pylot.completion.postprocess.pipeline import run
from pylot.completion.values import Candidate, CompletionRequest
from pylot.completion.verify import UNCALIBRATED, judge, least_sure
from pylot.models.values import ModelProfile
from pylot.syntax.block_end import block_end
from pylot.syntax.tree import SyntaxTree
from pylot.syntax.validity import check_validity


@dataclass(frozen=True, slots=True)
class Assessment:
    """An answer, or why there is none."""

    answer: Answer | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """A candidate with the lengths of its tokens' texts, so that a cut text keeps only its own log-probabilities."""

    candidate: Candidate
    token_lengths: Sequence[int] = ()

    def n_tokens_of(self, text: str) -> int | None:
        """Return how many tokens it took to write a text that the candidate begins with, its end included."""
        if not self.token_lengths:
            return None
        n_characters = 0
        for index, length in enumerate(self.token_lengths):
            n_characters += length
            if n_characters > len(text):
                return index + 1
        return len(self.token_lengths)


def assess(
    draw: Draw,
    request: CompletionRequest,
    environment: Environment,
    trace: Trace,
    *,
    multiline: bool,
    profile: ModelProfile | None,
    tree: SyntaxTree | None,
    copied: Candidate | None = None,
) -> Assessment:
    """Return what is left of a candidate after post-processing and verification.

    Confidence goes up where the local predictor's `copied` says the same.
    """
    candidate = draw.candidate
    stop_texts = (*profile.leaks, *profile.stops) if profile else ()
    context = PostContext.of(request, single_line=not multiline, stop_texts=stop_texts, block_end=block_end)
    with trace.step("postprocess") as step:
        outcome = run(candidate.text, context)
        step.outcome = outcome.reason or "kept"
        step.details = {"source": candidate.source, "changedBy": list(outcome.changed_by)}
    draft = outcome.draft
    if draft is None:
        return Assessment(None, outcome.reason)
    with trace.step("verify") as step:
        end = request.offset + draft.replace_right
        validity = check_validity(request.language, request.text, request.offset, end, draft.text, tree)
        verdict = judge(
            candidate,
            eagerness=environment.eagerness,
            trigger=request.trigger,
            parses_no_worse=not validity.worsens,
            calibration=profile.confidence if profile and profile.confidence else UNCALIBRATED,
            n_logprobs=draw.n_tokens_of(draft.text),
            agreeing=copied.probability if copied and say_the_same(copied.text, draft.text) else None,
            agreement=profile.agreement if profile else 0.0,
        )
        sure = least_sure(candidate, draw.n_tokens_of(draft.text))
        step.outcome = verdict.reason or "good"
        step.details = {
            "source": candidate.source,
            "confidence": round(verdict.confidence, 3),
            "leastSure": None if sure is None else round(sure, 4),
            "syntax": validity.reason.value,
        }
    if not verdict.show:
        return Assessment(None, verdict.reason)
    return Assessment(Answer(draft.text, candidate.source, verdict.confidence, draft.replace_right, candidate.logprobs))
