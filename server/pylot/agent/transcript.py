"""What has happened in a task, as its events tell it: the one memory of a run, whether it is new or resumed (A11, T19).

A live run applies each event when it is written; a resumed one applies the whole log. Both know the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pylot.journal.events import (
    ActionDirective,
    ActionWorkedOut,
    AnyEvent,
    CognitionResponse,
    Compacted,
    EffectFinished,
    EffectIntended,
    Message,
    ModelCallFinished,
    OpaqueEvent,
    PlanUpdated,
    TaskContinued,
    ToolCallFinished,
)

_GO_ON = "Go on with the task."
_KEEPS_COUNTING = ("start", "approval")


@dataclass(slots=True)
class CalledTool:
    """One call of a directive and what came of it; `effect` is what is known of a change that it was to make.

    `action` is what a model was asked to write for it, as a stored action.
    """

    index: int
    call_id: str
    tool: str
    arguments: dict[str, Any]
    action: dict[str, Any] | None = None
    effect: EffectIntended | None = None
    effect_end: EffectFinished | None = None
    end: ToolCallFinished | None = None

    @property
    def ended(self) -> bool:
        """Whether its result is known."""
        return self.end is not None


@dataclass(slots=True)
class Step:
    """One directive with its calls."""

    thought: str
    calls: list[CalledTool]


@dataclass(slots=True)
class Said:
    """Something that the user has said, or the agent has answered, in the midst of the task."""

    role: str
    text: str


@dataclass(slots=True)
class Transcript:
    """Everything that the next directive depends on.

    `entries` are steps and messages in order; those before `n_summed` are read as `summary`, results of calls up to
    the index `masked_up_to` only by name.
    `since` is how many steps there were when the user last let the task go on, as are the numbers that end in it;
    `denied` are the hashes of actions that the user has said no to.
    `final` is the end that the model has called for, while the answer has not been given, and how it came to it.
    """

    entries: list[Step | Said] = field(default_factory=list)
    plan: tuple[dict[str, Any], ...] = ()
    plan_at_summary: tuple[dict[str, Any], ...] = ()
    model_calls: list[ModelCallFinished] = field(default_factory=list)
    compactions: list[Compacted] = field(default_factory=list)
    final: str | None = None
    final_reasoning: str = ""
    denied: set[str] = field(default_factory=set)
    summary: str = ""
    n_summed: int = 0
    masked_up_to: int = 0
    since: int = 0
    model_calls_since: int = 0
    compactions_since: int = 0

    @classmethod
    def of(cls, events: Iterable[AnyEvent | OpaqueEvent]) -> Transcript:
        """Return what a task's log tells; events that this version cannot read are passed over."""
        transcript = cls()
        for event in events:
            if not isinstance(event, OpaqueEvent):
                transcript.apply(event)
        return transcript

    @property
    def steps(self) -> list[Step]:
        """All directives with calls, in order."""
        return [entry for entry in self.entries if isinstance(entry, Step)]

    @property
    def recent_steps(self) -> list[Step]:
        """The directives since the user last let the task go on."""
        return self.steps[self.since :]

    @property
    def open_step(self) -> Step | None:
        """The directive whose calls have not all come to an end, None when there is nothing left to do of one."""
        last = next(reversed(self.steps), None)
        return last if last is not None and any(not call.ended for call in last.calls) else None

    @property
    def next_index(self) -> int:
        """The index of the next call (A8)."""
        return 1 + max((call.index for call in self.calls()), default=0)

    def calls(self) -> Iterator[CalledTool]:
        """Return all calls in order."""
        for step in self.steps:
            yield from step.calls

    def apply(self, event: AnyEvent) -> None:
        """Take in what has happened; what does not concern the model is passed over."""
        match event:
            case ActionDirective():
                self._take_directive(event)
            case Message():
                self._take_message(event)
            case CognitionResponse():
                self.final = None
                self.entries.append(Said("assistant", event.text))
            case PlanUpdated():
                self.plan = event.plan
            case ModelCallFinished():
                self.model_calls.append(event)
            case Compacted():
                self._take_compaction(event)
            case TaskContinued() if event.reason not in _KEEPS_COUNTING:
                self._go_on()
            case ActionWorkedOut():
                if call := self._call(event.index):
                    call.action = event.action
            case ToolCallFinished():
                self._take_end(event)
            case EffectIntended() | EffectFinished():
                self._take_effect(event)
            case _:
                pass

    def _take_message(self, event: Message) -> None:
        if event.role == "user":
            # Whoever has more to say does not want the answer that was about to be given.
            self.final = None
            self.entries.append(Said("user", event.text))

    def _go_on(self) -> None:
        self.since = len(self.steps)
        self.model_calls_since = len(self.model_calls)
        self.compactions_since = len(self.compactions)
        if self.entries and isinstance(self.entries[-1], Said) and self.entries[-1].role == "assistant":
            self.entries.append(Said("user", _GO_ON))

    def _take_directive(self, event: ActionDirective) -> None:
        calls = event.directive.get("calls")
        if not isinstance(calls, list):
            self.final, self.final_reasoning = str(event.directive.get("final", "")), event.reasoning
            return
        first = self.next_index
        known = [
            CalledTool(
                index=int(call.get("index", first + number)),
                call_id=str(call.get("id", "")),
                tool=str(call.get("tool", "")),
                arguments=dict(call.get("arguments") or {}),
            )
            for number, call in enumerate(calls)
            if isinstance(call, dict)
        ]
        if known:
            self.entries.append(Step(str(event.directive.get("thought", "")), known))

    def _take_compaction(self, event: Compacted) -> None:
        self.compactions.append(event)
        self.masked_up_to = max(self.masked_up_to, event.up_to)
        if event.summary:
            self.summary = event.summary
            self.plan_at_summary = self.plan
            self.n_summed = int(event.details.get("entries", self.n_summed))

    def _take_end(self, event: ToolCallFinished) -> None:
        if call := self._call(event.index):
            call.end = event
        if event.metadata.get("denied"):
            self.denied.add(str(event.metadata.get("action_hash", "")))

    def _take_effect(self, event: EffectIntended | EffectFinished) -> None:
        if isinstance(event, EffectIntended):
            if call := self._call(event.index):
                call.effect = event
            return
        for call in self.calls():
            if call.effect is not None and call.effect.effect_id == event.effect_id:
                call.effect_end = event

    def _call(self, index: int) -> CalledTool | None:
        return next((call for call in self.calls() if call.index == index), None)
