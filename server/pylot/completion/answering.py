"""The steps from one request to its answers: gate, look-up, the wait for the next key, copying, the model.

While a suggestion is on the screen, the same steps are gone ahead for the request that follows when it is accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace

from pylot.completion.ahead_worth import AheadWorth
from pylot.completion.answer_cache import Answer, AnswerCache
from pylot.completion.copy_confidence import COPY_SOURCE
from pylot.completion.document_state import DocumentState
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace
from pylot.completion.gate import GateDecision, GateFacts, decide
from pylot.completion.local_predictor import LocalPredictor, copy_suffices
from pylot.completion.looking_ahead import Ahead
from pylot.completion.lookup import Place
from pylot.completion.model_run import ModelRun, ModelRunner
from pylot.completion.reasons import Reason
from pylot.completion.typing_habits import TypingHabits
from pylot.completion.typing_pace import TypingPace
from pylot.completion.values import Candidate, CompletionRequest, Trigger
from pylot.kernel.clock import Clock
from pylot.models.provider import Provider
from pylot.syntax.blocks import wants_multiline
from pylot.syntax.scopes import place_at
from pylot.syntax.tree import SyntaxTree
from pylot.syntax.tree_cache import TreeCache


class Answering:
    """Find answers for requests, the cheapest way first; owned by one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cache = AnswerCache()
        self._trees = TreeCache()
        self._pace = TypingPace()
        self._ahead_worth = AheadWorth()
        self._tasks: set[asyncio.Task[None]] = set()
        self.predictor = LocalPredictor()
        self.runner = ModelRunner(clock)

    def decision(self, request: CompletionRequest, environment: Environment, habits: TypingHabits) -> GateDecision:
        """Tell whether a place is worth asking about."""
        tree = self._trees.tree(request.language, request.text, request.offset)
        return decide(request, _with_place(environment.facts, request, tree, habits))

    def forget(self) -> None:
        """Drop remembered answers."""
        self._cache.clear()

    async def close(self) -> None:
        """End what is done in the background."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def answers(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        document: DocumentState,
        superseded: asyncio.Event,
    ) -> list[Answer]:
        """Return the answers to a request, best first, or none, for which the trace then has a reason."""
        if request.trigger is Trigger.AUTOMATIC:
            self._pace.asked(self._clock.monotonic())
        tree = self._trees.tree(request.language, request.text, request.offset)
        if not self._gate(request, environment, trace, document, tree):
            document.stop("the gate refused")
            return []
        scope = f"{request.uri} {environment.scope}"
        place = Place(request.prefix, request.suffix)
        foreseen = self._foreseen(request, document)
        run = self._join(request, environment, document)
        with trace.step("lookup") as step:
            known = list(self._cache.find(scope, place)) if request.trigger is Trigger.AUTOMATIC else []
            step.outcome = _outcome(bool(known), run, foreseen=foreseen)
            if run and not known:
                step.details = {"request": run.trace.id}
            elif known:
                step.details = {"tokens": len(known[0].logprobs)}
        if known:
            return known[:1]
        if run is not None:
            generated = await self._wait(run, trace, superseded, scope, place)
            if generated or foreseen or superseded.is_set():
                return _ranked(generated, request.trigger)
            # It began some keys ago, and what was typed since may say enough to copy.
            multiline = _is_multiline(request, environment, tree)
            return self._copied(request, environment, trace, scope, tree, multiline=multiline)[0]
        if await self._superseded("wait", environment.debounce_ms / 1000, request, trace, superseded):
            return []
        multiline = _is_multiline(request, environment, tree)
        copied, likeliest = self._copied(request, environment, trace, scope, tree, multiline=multiline)
        if copied and copy_suffices(request, environment, copied[0]):
            return copied
        hold = self._pace.hold_seconds(environment.model)
        if await self._superseded("hold", hold, request, trace, superseded):
            return []
        run = self._start(request, environment, trace, document, likeliest, multiline=multiline, tree=tree)
        if run is None:
            trace.reason = trace.reason or ("" if copied else Reason.NO_MODEL.value)
            return copied
        generated = await self._wait(run, trace, superseded, scope, place)
        return _ranked([*generated, *copied], request.trigger)

    def _copied(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        scope: str,
        tree: SyntaxTree | None,
        *,
        multiline: bool,
    ) -> tuple[list[Answer], Candidate | None]:
        """Return what the predictor answers, which is remembered, and the likeliest that it knows."""
        copied, likeliest = self.predictor.answers(request, environment, trace, multiline=multiline, tree=tree)
        for answer in copied:
            self._cache.add(scope, Place(request.prefix, request.suffix), answer)
        return copied, likeliest

    def look_ahead(self, ahead: Ahead, environment: Environment, document: DocumentState) -> None:
        """Find the suggestion that follows the one to be shown, without holding up anybody."""
        profile = environment.provider.profile if environment.provider else None
        if not environment.settings.speculate or profile is None or not profile.preempts:
            return
        if document.ahead is not None and document.ahead.is_for(ahead.request):
            return
        document.look_away("something else is shown")
        document.ahead = ahead
        self._in_background(self._answer_ahead(ahead, environment, document))

    def _gate(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        document: DocumentState,
        tree: SyntaxTree | None,
    ) -> bool:
        with trace.step("gate") as step:
            facts = _with_place(environment.facts, request, tree, document.habits)
            decision = decide(request, facts)
            step.outcome = decision.reason or "ask"
        trace.reason, trace.detail = decision.reason, decision.detail
        return decision.ask

    async def _superseded(
        self, name: str, seconds: float, request: CompletionRequest, trace: Trace, superseded: asyncio.Event
    ) -> bool:
        """Wait for the next keystroke; return whether it came."""
        if request.trigger is Trigger.INVOKED or seconds <= 0:
            return superseded.is_set()
        with trace.step(name) as step:
            try:
                await asyncio.wait_for(superseded.wait(), seconds)
            except TimeoutError:
                step.outcome = "nothing came"
                return False
            step.outcome = "superseded"
            return True

    def _foreseen(self, request: CompletionRequest, document: DocumentState) -> bool:
        """Tell whether this very place has been looked at ahead."""
        if document.ahead is None or not document.ahead.is_for(request):
            return False
        self._take(document.ahead)
        return True

    def _take(self, ahead: Ahead) -> None:
        if ahead.take():
            self._ahead_worth.wanted()

    def _join(self, request: CompletionRequest, environment: Environment, document: DocumentState) -> ModelRun | None:
        run = document.run
        if run is not None and run.agrees_with(request, environment.scope):
            return run
        document.stop("superseded")
        return self._adopt(request, environment, document)

    def _adopt(self, request: CompletionRequest, environment: Environment, document: DocumentState) -> ModelRun | None:
        """Return the run that looked ahead, where it looked at what is asked for now."""
        ahead = document.ahead
        if ahead is None or ahead.run is None:
            return None
        run = ahead.run
        is_answer = run.is_answered and ahead.is_for(request) and request.trigger is Trigger.AUTOMATIC
        same_scope = run.environment.scope == environment.scope
        if not (run.agrees_with(request, environment.scope) or (is_answer and same_scope)):
            return None
        self._take(ahead)
        self.runner.adopt(run)
        document.run, document.ahead = run, None
        return run

    async def _answer_ahead(self, ahead: Ahead, environment: Environment, document: DocumentState) -> None:
        """Go the way of a request that nobody has made yet; what it finds is remembered as its answer."""
        request, provider = ahead.request, environment.provider
        tree = self._trees.tree(request.language, request.text, request.offset)
        if not decide(request, _with_place(environment.facts, request, tree, TypingHabits(request.text))).ask:
            return
        scope, place = f"{request.uri} {environment.scope}", Place(request.prefix, request.suffix)
        if provider is None or self._cache.find(scope, place):
            return
        trace = Trace("", request, self._clock)
        multiline = _is_multiline(request, environment, tree)
        copied, likeliest = self.predictor.answers(request, environment, trace, multiline=multiline, tree=tree)
        if document.ahead is not ahead:
            return
        if not (copied and copy_suffices(request, environment, copied[0])):
            if not self._ahead_worth.is_worth_it():
                return
            self._ahead_worth.begun()
            run = ahead.run = ModelRun(request, environment, trace, multiline, tree, likeliest, ahead=True)
            await self._carry_out(run, provider)
            if not run.is_answered:
                return
            # The surer of the two is shown, as after any run; the cache gives out what it was given last.
            generated = max((it.answer.confidence for it in run.assessments if it.answer), default=0.0)
            copied = [answer for answer in copied if answer.confidence > generated]
        for answer in reversed(copied):
            self._cache.add(scope, place, answer)

    def _start(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        document: DocumentState,
        copied: Candidate | None,
        *,
        multiline: bool,
        tree: SyntaxTree | None,
    ) -> ModelRun | None:
        if environment.provider is None:
            trace.detail = environment.no_model
            return None
        document.look_away("another place is asked for")
        # What it has read is in the model's cache, where the run finds it.
        document.preparing.cancel("somebody waits for an answer")
        run = document.run = ModelRun(request, environment, trace, multiline, tree, copied)
        self._in_background(self._carry_out(run, environment.provider))
        return run

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, run: ModelRun, provider: Provider) -> None:
        began = self._clock.monotonic()
        await self.runner.run(run, provider)
        if run.is_answered and not run.ahead:
            self._pace.answered(run.environment.model, self._clock.monotonic() - began)
        scope = f"{run.request.uri} {run.environment.scope}"
        for assessment in run.assessments:
            if assessment.answer is not None:
                self._cache.add(scope, run.place, assessment.answer)
        await self.runner.grow(run, provider)

    async def _wait(
        self, run: ModelRun, trace: Trace, superseded: asyncio.Event, scope: str, place: Place
    ) -> list[Answer]:
        run.n_waiting += 1
        # Whoever waits for what was begun ahead waits no longer than for a run of his own.
        seconds = run.environment.settings.deadline_ms / 1000 if run.ahead else None
        waits = [asyncio.create_task(run.done.wait()), asyncio.create_task(superseded.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.n_waiting -= 1
            for wait in waits:
                wait.cancel()
        if run.trace is not trace:
            trace.generation = run.trace.generation
        found = [answer for answer in self._cache.find(scope, place) if answer.source != COPY_SOURCE]
        if not found:
            late = not run.done.is_set() and not superseded.is_set()
            trace.reason = trace.reason or (Reason.TIMED_OUT.value if late else run.reason)
            trace.detail = trace.detail or run.trace.detail
        return found


def _outcome(is_known: bool, run: ModelRun | None, *, foreseen: bool) -> str:
    if foreseen and (is_known or (run is not None and run.done.is_set())):
        return "looked ahead"
    if is_known:
        return "typed through"
    return "in flight" if run is not None else "nothing"


def _with_place(
    facts: GateFacts, request: CompletionRequest, tree: SyntaxTree | None, habits: TypingHabits
) -> GateFacts:
    in_comment = in_string = False
    if tree is not None and (facts.comments_off or facts.strings_off):
        place = place_at(tree, request.offset)
        in_comment, in_string = place.in_comment, place.in_string
    return replace(
        facts,
        in_comment=in_comment,
        in_string=in_string,
        undo_in_progress=habits.undo_in_progress,
        deletions=habits.deletions,
    )


def _is_multiline(request: CompletionRequest, environment: Environment, tree: SyntaxTree | None) -> bool:
    match environment.settings.multiline:
        case "always":
            return True
        case "never":
            return False
        case _:
            return wants_multiline(request.language, request.text, request.offset, tree).multiline


def _ranked(answers: list[Answer], trigger: Trigger) -> list[Answer]:
    """Return the best answer, or for an invoked request all of them, the likeliest first."""
    unique = {answer.text: answer for answer in reversed(answers)}
    ranked = sorted(unique.values(), key=lambda answer: -answer.confidence)
    return ranked if trigger is Trigger.INVOKED else ranked[:1]
