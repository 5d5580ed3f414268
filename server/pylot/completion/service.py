"""The way of one ghost text: gate, look-up, copying, the model, one answer.

One document has at most one waiting request and at most one run of the model that somebody waits for.
A newer request answers the waiting one at once, as superseded, and takes over its run if the stream still agrees.
While a suggestion is on the screen, a second run looks ahead to the request that follows when it is accepted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace

from pylot.completion.answer_cache import Answer, AnswerCache
from pylot.completion.assess import Draw, assess
from pylot.completion.change import difference
from pylot.completion.copier import no_workspace, predict
from pylot.completion.copy_confidence import COPY_SOURCE
from pylot.completion.copy_index import CopyIndex
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace, TraceLog
from pylot.completion.gate import GateFacts, decide
from pylot.completion.learning import Events, SuggestionTracker
from pylot.completion.line_index import LineIndex
from pylot.completion.looking_ahead import Ahead, after_accepting
from pylot.completion.lookup import Place
from pylot.completion.model_run import ModelRun, ModelRunner
from pylot.completion.reasons import Reason, sentence
from pylot.completion.typing_habits import TypingHabits
from pylot.completion.values import Candidate, CompletionAnswer, CompletionRequest, Step, Suggestion, Trigger
from pylot.completion.verify import MIN_CONFIDENCE
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.ids import IdSequence
from pylot.kernel.stories import story
from pylot.models.provider import Provider
from pylot.models.values import FimPrompt
from pylot.syntax.blocks import wants_multiline
from pylot.syntax.scopes import place_at
from pylot.syntax.tree import SyntaxTree
from pylot.syntax.tree_cache import TreeCache

_log = logging.getLogger(__name__)
# How long a run lives on after the editor cancelled its request: the request of the next keystroke follows at once.
_ADOPTION_SECONDS = 0.015
_MAX_REMEMBERED_SUGGESTIONS = 100


@dataclass(slots=True)
class _Document:
    habits: TypingHabits
    superseded: asyncio.Event = field(default_factory=asyncio.Event)
    run: ModelRun | None = None
    ahead: Ahead | None = None
    preparing: CancellationToken = field(default_factory=CancellationToken)


class CompletionService:
    """Answer requests for ghost text; owned by one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._traces = TraceLog(clock)
        self._cache = AnswerCache()
        self._copies = CopyIndex()
        self._trees = TreeCache()
        self._runner = ModelRunner(clock)
        self._documents: dict[str, _Document] = {}
        self._trace_ids = IdSequence("t")
        self._suggestion_ids = IdSequence("s")
        self._shown: OrderedDict[str, Trace] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self.tracker = SuggestionTracker()
        self.workspace = LineIndex()

    async def complete(self, request: CompletionRequest, environment: Environment) -> CompletionAnswer:
        """Return the one answer; never raises but `CancelledError`."""
        applied = _with_selection(request)
        trace = self._traces.begin(self._trace_ids.next(), applied)
        document = self._document(request.uri, request.text)
        document.superseded.set()
        superseded = document.superseded = asyncio.Event()
        try:
            answers = await self._answers(applied, environment, trace, document, superseded)
        except asyncio.CancelledError:
            trace.finish_withheld(Reason.CANCELLED.value)
            self._orphan(document)
            raise
        except Exception as error:
            _log.error("completion failed: %s", story(error))
            trace.finish_withheld(Reason.INTERNAL_ERROR.value)
            return CompletionAnswer(trace.id, reason=Reason.INTERNAL_ERROR.value)
        if superseded.is_set():
            trace.finish_withheld(Reason.SUPERSEDED.value)
            return CompletionAnswer(trace.id, reason=Reason.SUPERSEDED.value, superseded=True)
        if answers:
            self._look_ahead(Ahead(applied, answers[0], after_accepting(applied, answers[0])), environment, document)
        else:
            self._look_away(document, "nothing is shown")
        return self._finish(request, applied, answers, trace)

    async def warm_up(self, request: CompletionRequest, environment: Environment) -> None:
        """Prepare predictor and model for a document; raises `PylotError` where the model cannot be loaded."""
        if _must_not_reach_model(environment):
            return
        if environment.settings.local_predictor:
            # What is worked out for any place need not be worked out while somebody waits.
            self._predict(request, environment, multiline=False)
        if environment.provider is not None:
            await self._runner.warm_up(request, environment, environment.provider)

    def preview(self, request: CompletionRequest, environment: Environment) -> tuple[FimPrompt | None, str]:
        """Return the prompt for a place, or the sentence that says why there is none; nothing is asked or kept."""
        tree = self._trees.tree(request.language, request.text)
        decision = decide(request, _with_place(environment.facts, request, tree, TypingHabits(request.text)))
        if not decision.ask:
            return None, " ".join(filter(None, (sentence(decision.reason), decision.detail)))
        if environment.provider is None:
            return None, environment.no_model
        return self._runner.preview(request, environment, environment.provider.profile), ""

    async def prepare(self, request: CompletionRequest, environment: Environment) -> None:
        """Let the model read the surroundings of a place where somebody types, before the request for it comes."""
        provider, document = environment.provider, self._document(request.uri, request.text)
        if provider is None or provider.profile is None or not provider.profile.preempts:
            return
        tree = self._trees.tree(request.language, request.text)
        if not decide(request, _with_place(environment.facts, request, tree, document.habits)).ask:
            return
        document.preparing.cancel("another place is typed in")
        document.preparing = CancellationToken()
        await self._runner.prepare(request, environment, provider, document.preparing)

    def document_changed(self, uri: str, before: str, after: str) -> int | None:
        """Take in a new version of a document; return the place of the change if the model should prepare for it."""
        change = difference(before, after)
        if change is None:
            return None
        document = self._document(uri, before)
        document.habits.on_change(change, after)
        if document.ahead is not None and not document.ahead.is_still_likely(change, after):
            self._look_away(document, "something else was typed")
        self._learn(self.tracker.on_change(uri, change, after, self._clock.monotonic()))
        offset = change.start + len(change.inserted)
        return None if self._runner.is_prepared_for(uri, offset) else offset

    def document_closed(self, uri: str) -> None:
        """Forget a document."""
        self.tracker.on_closed(uri)
        self._runner.forget(uri)
        document = self._documents.pop(uri, None)
        if document is not None:
            document.superseded.set()
            self._stop(document, "the document was closed")
            self._look_away(document, "the document was closed")
            document.preparing.cancel("the document was closed")

    def accepted(self, suggestion_id: str) -> None:
        """Take in that the editor inserted a suggestion."""
        self._learn(self.tracker.on_accepted(suggestion_id, self._clock.monotonic()))

    def partly_accepted(self, suggestion_id: str) -> None:
        """Take in that the editor inserted the beginning of a suggestion."""
        self._learn(self.tracker.on_partly_accepted(suggestion_id, self._clock.monotonic()))

    def dismissed(self, suggestion_id: str) -> None:
        """Take in that the user put a suggestion away."""
        self._learn(self.tracker.on_dismissed(suggestion_id, self._clock.monotonic()))

    def tick(self) -> None:
        """Judge what was accepted a while ago; call it every few seconds."""
        self._learn(self.tracker.tick(self._clock.monotonic()))

    def explain(self, limit: int) -> list[dict[str, object]]:
        """Return the last traces, newest first, as JSON values."""
        return self._traces.last(limit)

    def forget_answers(self) -> None:
        """Drop remembered answers, because the settings have changed."""
        self._cache.clear()
        for document in self._documents.values():
            self._look_away(document, "the settings changed")

    async def close(self) -> None:
        """Cancel everything under way."""
        for document in self._documents.values():
            document.superseded.set()
            self._stop(document, "shutdown")
            self._look_away(document, "shutdown")
            document.preparing.cancel("shutdown")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answers(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        document: _Document,
        superseded: asyncio.Event,
    ) -> list[Answer]:
        tree = self._trees.tree(request.language, request.text)
        if not self._gate(request, environment, trace, document, tree):
            self._stop(document, "the gate refused")
            return []
        scope = f"{request.uri} {environment.scope}"
        place = Place(request.prefix, request.suffix)
        foreseen = document.ahead is not None and document.ahead.is_for(request)
        run = self._join(request, environment, document)
        with trace.step("lookup") as step:
            known = list(self._cache.find(scope, place)) if request.trigger is Trigger.AUTOMATIC else []
            step.outcome = _outcome(bool(known), run, foreseen=foreseen)
            if run and not known:
                step.details = {"request": run.trace.id}
        if known:
            return known[:1]
        if run is None:
            if await self._debounced(request, environment, trace, superseded) or superseded.is_set():
                return []
            multiline = _is_multiline(request, environment, tree)
            copied, likeliest = self._copied(request, environment, trace, multiline=multiline, tree=tree)
            for answer in copied:
                self._cache.add(scope, place, answer)
            if copied and self._copy_suffices(request, environment, copied[0]):
                return copied
            run = self._start(request, environment, trace, document, likeliest, multiline=multiline, tree=tree)
        else:
            copied = []
        if run is None:
            trace.reason = trace.reason or ("" if copied else Reason.NO_MODEL.value)
            return copied
        generated = await self._wait(run, trace, superseded, scope, place)
        return _ranked([*generated, *copied], request.trigger)

    def _gate(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        document: _Document,
        tree: SyntaxTree | None,
    ) -> bool:
        with trace.step("gate") as step:
            facts = _with_place(environment.facts, request, tree, document.habits)
            decision = decide(request, facts)
            step.outcome = decision.reason or "ask"
        trace.reason, trace.detail = decision.reason, decision.detail
        return decision.ask

    async def _debounced(
        self, request: CompletionRequest, environment: Environment, trace: Trace, superseded: asyncio.Event
    ) -> bool:
        """Wait for the next keystroke; return whether it came."""
        if request.trigger is Trigger.INVOKED or environment.debounce_ms <= 0:
            return False
        with trace.step("wait") as step:
            try:
                await asyncio.wait_for(superseded.wait(), environment.debounce_ms / 1000)
            except TimeoutError:
                step.outcome = "nothing came"
                return False
            step.outcome = "superseded"
            return True

    def _copied(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        *,
        multiline: bool,
        tree: SyntaxTree | None,
    ) -> tuple[list[Answer], Candidate | None]:
        """Return the copies worth showing, and the likeliest one, whether or not it is."""
        if not environment.settings.local_predictor:
            return [], None
        with trace.step("copy") as step:
            candidates = self._predict(request, environment, multiline=multiline)
            step.outcome = "found" if candidates else "nothing"
            step.details = {"matchLength": candidates[0].match_length} if candidates else {}
        answers = []
        for candidate in candidates:
            result = assess(Draw(candidate), request, environment, trace, multiline=multiline, profile=None, tree=tree)
            if result.answer is not None:
                answers.append(result.answer)
        return answers, candidates[0] if candidates else None

    def _predict(
        self, request: CompletionRequest, environment: Environment, *, multiline: bool
    ) -> tuple[Candidate, ...]:
        self._copies.refresh(environment.surroundings.open_files)
        allowed = environment.surroundings.workspace_allowed
        return predict(
            request,
            self._copies,
            multiline=multiline,
            min_probability=MIN_CONFIDENCE[environment.eagerness],
            workspace=(lambda before: self.workspace.files_like(before, allowed)) if allowed else no_workspace,
        )

    @staticmethod
    def _copy_suffices(request: CompletionRequest, environment: Environment, copied: Answer) -> bool:
        """Whether a copied line is good enough to save asking the model."""
        if request.trigger is Trigger.INVOKED:
            return False
        profile = environment.provider.profile if environment.provider else None
        # A model that is still loading would keep everybody waiting for what is known already.
        return profile is None or copied.confidence >= profile.copy_first_confidence

    def _join(self, request: CompletionRequest, environment: Environment, document: _Document) -> ModelRun | None:
        run = document.run
        if run is not None and run.agrees_with(request, environment.scope):
            return run
        self._stop(document, "superseded")
        return self._adopt(request, environment, document)

    def _adopt(self, request: CompletionRequest, environment: Environment, document: _Document) -> ModelRun | None:
        """Return the run that looked ahead, where it looked at what is asked for now."""
        ahead = document.ahead
        if ahead is None or ahead.run is None:
            return None
        run = ahead.run
        is_answer = run.is_answered and ahead.is_for(request) and request.trigger is Trigger.AUTOMATIC
        same_scope = run.environment.scope == environment.scope
        if not (run.agrees_with(request, environment.scope) or (is_answer and same_scope)):
            return None
        self._runner.adopt(run)
        document.run, document.ahead = run, None
        return run

    def _look_ahead(self, ahead: Ahead, environment: Environment, document: _Document) -> None:
        """Find the suggestion that follows the one to be shown, without holding up anybody."""
        profile = environment.provider.profile if environment.provider else None
        if not environment.settings.speculate or profile is None or not profile.preempts:
            return
        if document.ahead is not None and document.ahead.is_for(ahead.request):
            return
        self._look_away(document, "something else is shown")
        document.ahead = ahead
        self._in_background(self._answer_ahead(ahead, environment, document))

    @staticmethod
    def _look_away(document: _Document, reason: str) -> None:
        if document.ahead is not None:
            document.ahead.stop(reason)
            document.ahead = None

    async def _answer_ahead(self, ahead: Ahead, environment: Environment, document: _Document) -> None:
        """Go the way of a request that nobody has made yet; what it finds is remembered as its answer."""
        request, provider = ahead.request, environment.provider
        tree = self._trees.tree(request.language, request.text)
        if not decide(request, _with_place(environment.facts, request, tree, TypingHabits(request.text))).ask:
            return
        scope, place = f"{request.uri} {environment.scope}", Place(request.prefix, request.suffix)
        if provider is None or self._cache.find(scope, place):
            return
        trace = Trace("", request, self._clock)
        multiline = _is_multiline(request, environment, tree)
        copied, likeliest = self._copied(request, environment, trace, multiline=multiline, tree=tree)
        if document.ahead is not ahead:
            return
        if not (copied and self._copy_suffices(request, environment, copied[0])):
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
        document: _Document,
        copied: Candidate | None,
        *,
        multiline: bool,
        tree: SyntaxTree | None,
    ) -> ModelRun | None:
        if environment.provider is None:
            trace.detail = environment.no_model
            return None
        self._look_away(document, "another place is asked for")
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
        await self._runner.run(run, provider)
        scope = f"{run.request.uri} {run.environment.scope}"
        for assessment in run.assessments:
            if assessment.answer is not None:
                self._cache.add(scope, run.place, assessment.answer)
        await self._runner.grow(run, provider)

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

    def _finish(
        self, request: CompletionRequest, applied: CompletionRequest, answers: list[Answer], trace: Trace
    ) -> CompletionAnswer:
        if not answers:
            reason = trace.reason or Reason.NO_CANDIDATE.value
            trace.finish_withheld(reason, trace.detail)
            return CompletionAnswer(trace.id, reason=reason)
        trace.reason = ""
        suggestions = tuple(self._suggestion(request, answer) for answer in answers)
        trace.finish_shown(suggestions[0].source, len(suggestions))
        for suggestion in suggestions:
            self._shown[suggestion.id] = trace
        while len(self._shown) > _MAX_REMEMBERED_SUGGESTIONS:
            self._shown.popitem(last=False)
        now = self._clock.monotonic()
        shown = replace(suggestions[0], start=applied.offset, text=answers[0].text)
        shown = replace(shown, end=applied.offset + answers[0].replace_right)
        self._learn(
            self.tracker.on_shown(shown, uri=request.uri, language=request.language, text=applied.text, now=now)
        )
        return CompletionAnswer(trace.id, suggestions)

    def _suggestion(self, request: CompletionRequest, answer: Answer) -> Suggestion:
        start, end, text = request.offset, request.offset, answer.text
        if request.selected is not None:
            start, end, text = request.selected.start, request.selected.end, request.selected.text + text
        return Suggestion(
            id=self._suggestion_ids.next(),
            text=text,
            start=start,
            end=end + answer.replace_right,
            source=answer.source,
            confidence=answer.confidence,
        )

    def _learn(self, events: Events) -> None:
        for event in events:
            trace = self._shown.get(event.suggestion_id)
            if trace is not None:
                trace.steps.append(Step("learn", event.fate.value, 0.0))

    def _document(self, uri: str, text: str) -> _Document:
        if uri not in self._documents:
            self._documents[uri] = _Document(TypingHabits(text))
        return self._documents[uri]

    def _orphan(self, document: _Document) -> None:
        """Let a run that nobody waits for go on for a moment, in case the next keystroke agrees with it."""
        run = document.run
        if run is None or run.done.is_set():
            return

        def stop_unless_adopted() -> None:
            if run.n_waiting == 0:
                run.token.cancel("cancelled")

        asyncio.get_running_loop().call_later(_ADOPTION_SECONDS, stop_unless_adopted)

    @staticmethod
    def _stop(document: _Document, reason: str) -> None:
        if document.run is not None:
            document.run.token.cancel(reason)
            document.run = None


def _outcome(is_known: bool, run: ModelRun | None, *, foreseen: bool) -> str:
    if foreseen and (is_known or (run is not None and run.done.is_set())):
        return "looked ahead"
    if is_known:
        return "typed through"
    return "in flight" if run is not None else "nothing"


def _must_not_reach_model(environment: Environment) -> bool:
    """Tell whether a document must not reach a model at all."""
    facts = environment.facts
    return not facts.enabled or facts.excluded is not None or facts.out_of_sync


def _with_selection(request: CompletionRequest) -> CompletionRequest:
    """Return the request as if the entry selected in the suggest widget had been taken."""
    selected = request.selected
    if selected is None:
        return request
    text = request.text[: selected.start] + selected.text + request.text[selected.end :]
    return replace(request, text=text, offset=selected.start + len(selected.text))


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
