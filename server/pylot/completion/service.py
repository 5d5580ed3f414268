"""Ghost text from request to learning: every request gets one answer, and what becomes of it is watched.

One document has at most one waiting request and at most one run of the model that somebody waits for.
A newer request answers the waiting one at once, as superseded, and takes over its run if the stream still agrees.
The steps in between are those of `answering.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace

from pylot.completion.answer_cache import Answer
from pylot.completion.answering import Answering
from pylot.completion.change import difference
from pylot.completion.document_state import DocumentState
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace, TraceLog
from pylot.completion.learning import Events, SuggestionTracker
from pylot.completion.line_index import LineIndex
from pylot.completion.looking_ahead import Ahead, after_accepting
from pylot.completion.reasons import Reason, sentence
from pylot.completion.saved_places import Keeping
from pylot.completion.typing_habits import TypingHabits
from pylot.completion.values import CompletionAnswer, CompletionRequest, Step, Suggestion
from pylot.kernel.clock import Clock
from pylot.kernel.ids import IdSequence
from pylot.kernel.stories import story
from pylot.models.values import FimPrompt

_log = logging.getLogger(__name__)
_MAX_REMEMBERED_SUGGESTIONS = 100


class CompletionService:
    """Answer requests for ghost text; owned by one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._traces = TraceLog(clock)
        self._answering = Answering(clock)
        self._documents: dict[str, DocumentState] = {}
        self._trace_ids = IdSequence("t")
        self._suggestion_ids = IdSequence("s")
        self._shown: OrderedDict[str, Trace] = OrderedDict()
        self.tracker = SuggestionTracker()

    @property
    def workspace(self) -> LineIndex:
        """What the local predictor knows of the workspace's files."""
        return self._answering.predictor.workspace

    @workspace.setter
    def workspace(self, index: LineIndex) -> None:
        self._answering.predictor.workspace = index

    @property
    def keeping(self) -> Keeping | None:
        """Where the model's state of each document is kept, None where it is not."""
        return self._answering.runner.saved.keeping

    @keeping.setter
    def keeping(self, keeping: Keeping | None) -> None:
        self._answering.runner.saved.keeping = keeping

    async def complete(self, request: CompletionRequest, environment: Environment) -> CompletionAnswer:
        """Return the one answer; never raises but `CancelledError`."""
        applied = _with_selection(request)
        trace = self._traces.begin(self._trace_ids.next(), applied)
        document = self._document(request.uri, request.text)
        superseded = document.supersede()
        try:
            answers = await self._answering.answers(applied, environment, trace, document, superseded)
        except asyncio.CancelledError:
            trace.finish_withheld(Reason.CANCELLED.value)
            document.orphan()
            raise
        except Exception as error:
            _log.error("completion failed: %s", story(error))
            trace.finish_withheld(Reason.INTERNAL_ERROR.value)
            return CompletionAnswer(trace.id, reason=Reason.INTERNAL_ERROR.value)
        if superseded.is_set():
            trace.finish_withheld(Reason.SUPERSEDED.value)
            return CompletionAnswer(trace.id, reason=Reason.SUPERSEDED.value, superseded=True)
        if answers:
            ahead = Ahead(applied, answers[0], after_accepting(applied, answers[0]))
            self._answering.look_ahead(ahead, environment, document)
        else:
            document.look_away("nothing is shown")
        return self._finish(request, applied, answers, trace)

    async def warm_up(self, request: CompletionRequest, environment: Environment) -> None:
        """Prepare predictor and model for a document; raises `PylotError` where the model cannot be loaded."""
        if _must_not_reach_model(environment):
            return
        if environment.settings.local_predictor:
            # What is worked out for any place need not be worked out while somebody waits.
            self._answering.predictor.predict(request, environment, multiline=False)
        if environment.provider is not None:
            await self._answering.runner.warm_up(request, environment, environment.provider)

    def preview(self, request: CompletionRequest, environment: Environment) -> tuple[FimPrompt | None, str]:
        """Return the prompt for a place, or the sentence that says why there is none; nothing is asked or kept."""
        decision = self._answering.decision(request, environment, TypingHabits(request.text))
        if not decision.ask:
            return None, " ".join(filter(None, (sentence(decision.reason), decision.detail)))
        if environment.provider is None:
            return None, environment.no_model
        return self._answering.runner.preview(request, environment, environment.provider.profile), ""

    async def prepare(self, request: CompletionRequest, environment: Environment) -> None:
        """Let the model read the surroundings of a place where somebody types, before the request for it comes."""
        provider, document = environment.provider, self._document(request.uri, request.text)
        if provider is None or provider.profile is None or not provider.profile.preempts:
            return
        if not self._answering.decision(request, environment, document.habits).ask:
            return
        token = document.prepare_anew("another place is typed in")
        await self._answering.runner.prepare(request, environment, provider, token)

    def document_changed(self, uri: str, before: str, after: str) -> int | None:
        """Take in a new version of a document; return the place of the change if the model should prepare for it."""
        change = difference(before, after)
        if change is None:
            return None
        document = self._document(uri, before)
        document.habits.on_change(change, after)
        if document.ahead is not None and not document.ahead.is_still_likely(change, after):
            document.look_away("something else was typed")
        self._learn(self.tracker.on_change(uri, change, after, self._clock.monotonic()))
        offset = change.start + len(change.inserted)
        return None if self._answering.runner.is_prepared_for(uri, offset) else offset

    def document_closed(self, uri: str) -> None:
        """Forget a document."""
        self.tracker.on_closed(uri)
        self._answering.runner.forget(uri)
        document = self._documents.pop(uri, None)
        if document is not None:
            document.end("the document was closed")

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
        """Judge what was accepted a while ago, and save what was read; call it every few seconds."""
        self._learn(self.tracker.tick(self._clock.monotonic()))
        self._answering.runner.saved.tick()

    def explain(self, limit: int) -> list[dict[str, object]]:
        """Return the last traces, newest first, as JSON values."""
        return self._traces.last(limit)

    def forget_answers(self) -> None:
        """Drop remembered answers, because the settings have changed."""
        self._answering.forget()
        for document in self._documents.values():
            document.look_away("the settings changed")

    async def close(self) -> None:
        """Cancel everything under way."""
        for document in self._documents.values():
            document.end("shutdown")
        await self._answering.close()
        await self._answering.runner.saved.close()

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

    def _document(self, uri: str, text: str) -> DocumentState:
        if uri not in self._documents:
            self._documents[uri] = DocumentState(TypingHabits(text))
        return self._documents[uri]


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
