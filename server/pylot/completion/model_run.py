"""One run of the model for one place, which later requests may join as long as its stream agrees with what is typed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from dataclasses import dataclass, field

from pylot.completion.agreement import least_useful
from pylot.completion.assess import Assessment, Draw, assess
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace
from pylot.completion.lookup import Place, still_agrees, typed_since
from pylot.completion.plan import PromptPlan
from pylot.completion.planner import Planner
from pylot.completion.reasons import Reason
from pylot.completion.saved_places import SavedPlaces
from pylot.completion.values import Candidate, CompletionRequest, Trigger
from pylot.completion.verify import MIN_CONFIDENCE, Calibration, interpolate
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError
from pylot.kernel.stories import story
from pylot.models.provider import Provider
from pylot.models.values import CompletionParameters, FimPrompt, ModelProfile, Urgency, Usage
from pylot.syntax.block_end import block_end
from pylot.syntax.tree import SyntaxTree

_log = logging.getLogger(__name__)
MODEL_SOURCE = "model"
_EXTRA_TEMPERATURE = 0.6
_N_INVOKED = 3
# What nobody waits for may take longer than what somebody does.
_PATIENCE_AHEAD = 5
# Another run may end otherwise, so these say nothing of the place.
_NO_ANSWERS = frozenset(
    (Reason.TIMED_OUT, Reason.MODEL_FAILED, Reason.INTERNAL_ERROR, Reason.CANCELLED, Reason.SUPERSEDED)
)
_CUT_SHORT = {"floor": Reason.LOW_CONFIDENCE, "deadline": Reason.TIMED_OUT}


@dataclass(eq=False)
class ModelRun:
    """A run and its listeners; `done` is set exactly once, `assessments` then holds what came of it.

    One that looks `ahead` becomes a run like any other when it is `adopted`: somebody waits for it then.
    """

    request: CompletionRequest
    environment: Environment
    trace: Trace
    multiline: bool
    tree: SyntaxTree | None
    copied: Candidate | None = None
    ahead: bool = False
    adopted: bool = False
    plan: PromptPlan | None = None
    token: CancellationToken = field(default_factory=CancellationToken)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    n_waiting: int = 0
    assessments: list[Assessment] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where the run was asked for."""
        return Place(self.request.prefix, self.request.suffix)

    @property
    def reason(self) -> str:
        """Why the run gave nothing."""
        return next((each.reason for each in self.assessments if each.reason), Reason.NO_CANDIDATE.value)

    @property
    def deadline_ms(self) -> int:
        """How long the run may take."""
        return self.environment.settings.deadline_ms * (_PATIENCE_AHEAD if self.ahead else 1)

    @property
    def is_answered(self) -> bool:
        """Whether it has ended and another run would find no more than it did."""
        is_whole = bool(self.assessments) and not any(each.reason in _NO_ANSWERS for each in self.assessments)
        return self.done.is_set() and is_whole

    def agrees_with(self, request: CompletionRequest, scope: str) -> bool:
        """Tell whether a later request can wait for this run instead of starting its own."""
        if self.done.is_set() or self.token.cancelled or scope != self.environment.scope:
            return False
        typed = typed_since(self.place, Place(request.prefix, request.suffix))
        return typed is not None and still_agrees(self.text, typed)


class ModelRunner:
    """Plan prompts and run models; `saved` keeps what they have read."""

    def __init__(self, clock: Clock) -> None:
        self._planner = Planner(clock)
        self.saved = SavedPlaces(self._planner, clock)

    def forget(self, uri: str) -> None:
        """Drop what belongs to a closed document."""
        self.saved.leave(uri)
        self._planner.forget(uri)

    def adopt(self, run: ModelRun) -> None:
        """Take in that somebody waits for a run that looked ahead, so that the next prompt builds on its own."""
        run.adopted = True
        run.token.hurry()
        if run.plan is not None:
            self._planner.keep(run.plan)

    async def run(self, run: ModelRun, provider: Provider) -> None:
        """Carry a run through; every way out sets `done`."""
        try:
            async with asyncio.timeout(run.deadline_ms / 1000):
                await self._run(run, provider)
        except TimeoutError:
            run.assessments.append(Assessment(None, Reason.TIMED_OUT.value))
        except PylotError as error:
            run.trace.detail = error.sentence
            run.assessments.append(Assessment(None, Reason.MODEL_FAILED.value))
        except Exception as error:
            _log.error("run failed: %s", story(error))
            run.assessments.append(Assessment(None, Reason.INTERNAL_ERROR.value))
        finally:
            run.token.cancel("finished")
            run.done.set()

    async def warm_up(self, request: CompletionRequest, environment: Environment, provider: Provider) -> None:
        """Load the model and, where prompts begin with the prefix, prepare it for a document, at low priority."""
        profile = await provider.ready()
        if not await self.saved.restore(request, environment, profile.name) and profile.prefix_first:
            await self._planner.warm_up(request, environment, provider)

    def is_prepared_for(self, uri: str, offset: int) -> bool:
        """Tell whether the next request at a place costs the model little."""
        return self._planner.is_prepared_for(uri, offset)

    async def prepare(
        self, request: CompletionRequest, environment: Environment, provider: Provider, token: CancellationToken
    ) -> None:
        """Prepare the model for a place where somebody has begun to type."""
        with contextlib.suppress(PylotError):
            if provider.profile is not None:
                await self.saved.restore(request, environment, provider.profile.name)
            await self._planner.prepare(request, environment, provider, token)

    async def grow(self, run: ModelRun, provider: Provider) -> None:
        """Prepare, in idle time, the whole prompt of a place where a shorter one had to do."""
        if run.plan is not None and not run.ahead:
            with contextlib.suppress(PylotError):
                await self._planner.grow(run.plan, run.request, run.environment, provider)

    def preview(self, request: CompletionRequest, environment: Environment, profile: ModelProfile | None) -> FimPrompt:
        """Return the prompt for a place as if nothing had been asked there before."""
        return self._planner.preview(request, environment, profile).prompt

    async def _run(self, run: ModelRun, provider: Provider) -> None:
        profile = provider.profile
        if profile is None:
            with run.trace.step("load") as step:
                profile = await provider.ready()
                step.outcome = profile.name
        await self.saved.restore(run.request, run.environment, profile.name)
        with run.trace.step("plan") as step:
            plan = run.plan = self._planner.plan(
                run.request, run.environment, profile, keep=not run.ahead or run.adopted
            )
            step.outcome = "kept" if plan.kept else "new"
            n_typed_lines = run.request.text.count("\n", plan.anchor, run.request.offset)
            step.details = {"why": plan.reason, "anchorLine": run.trace.line - n_typed_lines}
        n_draws = _N_INVOKED if run.request.trigger is Trigger.INVOKED else 1
        for draw_idx in range(n_draws):
            draw = await self._draw(run, provider, profile, plan, draw_idx)
            if run.token.cancelled:
                run.assessments.append(Assessment(None, Reason.CANCELLED.value))
                return
            run.assessments.append(self._assess(run, draw, profile))

    @staticmethod
    def _assess(run: ModelRun, draw: Draw | Reason, profile: ModelProfile) -> Assessment:
        if isinstance(draw, Reason):
            return Assessment(None, draw.value)
        return assess(
            draw,
            run.request,
            run.environment,
            run.trace,
            multiline=run.multiline,
            profile=profile,
            tree=run.tree,
            copied=run.copied,
        )

    async def _draw(
        self, run: ModelRun, provider: Provider, profile: ModelProfile, plan: PromptPlan, draw_idx: int
    ) -> Draw | Reason:
        parameters = _parameters(run, profile, draw_idx)
        # A token of its own stops this draw at its block's end without ending the whole run.
        token = CancellationToken()
        unlink = run.token.on_cancel(token.cancel)
        run.token.on_hurry(token.hurry)
        urgency = Urgency.SPECULATIVE if run.ahead and not run.adopted else Urgency.COMPLETION
        text, lengths, logprobs, finish = "", list[int](), list[float](), ""
        with run.trace.step("generate") as step:
            async for value in provider.complete(plan.prompt, parameters, urgency=urgency, token=token):
                if isinstance(value, Usage):
                    finish = value.finish
                    _account(run.trace, value)
                    continue
                run.trace.first_token()
                text += value.text
                if value.logprob is not None:
                    lengths.append(len(value.text))
                    logprobs.append(value.logprob)
                elif lengths:
                    lengths[-1] += len(value.text)
                if draw_idx == 0:
                    run.text = text
                if "\n" in value.text and _is_complete(run, text):
                    token.cancel("complete")
            step.outcome = "complete" if token.reason == "complete" else finish
            step.details = {"tokens": len(logprobs), "multiline": run.multiline}
        unlink()
        cut_short = _CUT_SHORT.get(finish)
        if cut_short is not None:
            # An unsure or broken last line would mislead; whole lines before it are as good as ever.
            if not run.multiline or "\n" not in text:
                return cut_short
            text = text[: text.rindex("\n")]
        return Draw(Candidate(text, MODEL_SOURCE, tuple(logprobs), finished=finish != "length"), lengths)


def _parameters(run: ModelRun, profile: ModelProfile, draw_idx: int) -> CompletionParameters:
    settings = run.environment.settings
    invoked = run.request.trigger is Trigger.INVOKED
    copied = run.copied.probability if run.copied else None
    needed = least_useful(MIN_CONFIDENCE[run.environment.eagerness], copied, profile.agreement)
    return CompletionParameters(
        max_tokens=settings.max_tokens if run.multiline else settings.max_line_tokens,
        stops=("\n\n\n",) if run.multiline else ("\n",),
        temperature=_EXTRA_TEMPERATURE if draw_idx else 0.0,
        seed=draw_idx,
        deadline_ms=run.deadline_ms,
        copying=settings.local_predictor,
        floor_logprob=None if invoked else floor_for(profile.confidence, needed),
    )


def floor_for(calibration: Calibration, threshold: float) -> float | None:
    """Return the log-probability below which no token can be part of a suggestion that is shown.

    Stopping there saves the rest of a text that verification would withhold anyway.
    """
    if not calibration:
        return None
    steps = [step / 100 for step in range(1, 100)]
    hopeless = [probability for probability in steps if interpolate(calibration, probability) < threshold]
    return math.log(max(hopeless)) if hopeless else None


def _is_complete(run: ModelRun, text: str) -> bool:
    if not run.multiline:
        return bool(text.strip())
    if text.count("\n") > run.environment.settings.max_lines:
        return True
    request = run.request
    # Half a text never parses, so the scanner is told that more may come; its first cut is final.
    return block_end(request.language, request.prefix, text, request.suffix, finished=False) < len(text)


def _account(trace: Trace, usage: Usage) -> None:
    generation = trace.generation
    if not generation.prompt_tokens:
        generation.prompt_tokens = dict(usage.tokens_by_source)
        generation.reused_tokens = usage.reused_tokens
        generation.decoded_tokens = usage.decoded_tokens
    generation.generated_tokens += usage.generated_tokens
