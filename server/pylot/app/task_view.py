"""Where a task stands, worked out from its events as they come: what `pylot/taskUpdate` and a terminal show (A16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pylot.agent.directive import PLAN_TOOL
from pylot.agent.token_use import token_use
from pylot.journal.events import (
    AnyEvent,
    ApprovalAnswered,
    CognitionResponse,
    LimitReached,
    ModelCallFinished,
    OpaqueEvent,
    PlanUpdated,
    Recorded,
    StatusChanged,
    TaskCompleted,
    TaskFailed,
    TaskInterrupted,
    ToolApprovalRequested,
    ToolCallStarted,
)
from pylot.journal.tasks import MOVES, Status, Task

_OVER = frozenset({Status.COMPLETED, Status.CANCELLED, Status.FAILED, Status.LIMIT, Status.INTERRUPTED})
# What a tool does is said by the call itself.
_SAID = {
    "planning": "Planning the next step",
    "answering": "Answering",
    "summing_up": "Summing up what was done",
    "writing_code": "Writing code",
}


@dataclass(slots=True)
class TaskView:
    """The present state of one task for people to see; `apply` each of its events in order."""

    task: Task
    status: Status = Status.QUEUED
    message: str = ""
    step: int = 0
    plan: tuple[dict[str, Any], ...] = ()
    pending: list[str] = field(default_factory=list)
    answer: str = ""
    reasoning: str = ""
    model_calls: list[ModelCallFinished] = field(default_factory=list)

    def apply(self, recorded: Recorded) -> None:
        """Take in what has happened."""
        event = recorded.event
        if (move := MOVES.get(event.type)) is not None:
            self.status = move[1]
            if self.status in _OVER or self.status is Status.RUNNING:
                self.message, self.pending = "", []
        match event:
            case ToolApprovalRequested():
                self.pending.append(event.approval_id)
            case ApprovalAnswered():
                self.pending = [each for each in self.pending if each != event.approval_id]
            case PlanUpdated():
                self.plan = event.plan
            case TaskCompleted():
                self.answer, self.reasoning = event.answer, event.reasoning
            case CognitionResponse():
                self.answer, self.reasoning = event.text, event.reasoning
            case ToolCallStarted():
                self.step = event.index
            case ModelCallFinished():
                self.model_calls.append(event)
            case _:
                pass
        self.message = _message(event, self.message)

    @property
    def is_over(self) -> bool:
        """Whether nobody is at work on it, and nobody is waited for."""
        return self.status in _OVER

    @property
    def usage(self) -> dict[str, int | float]:
        """What was asked of models, and how fast they were (I18)."""
        return token_use(self.model_calls).to_json()

    def to_json(self) -> dict[str, Any]:
        """Return the parameters of `pylot/taskUpdate`."""
        update: dict[str, Any] = {
            "taskId": self.task.id,
            "title": self.task.title,
            "status": self.status.value,
            "pendingApprovals": len(self.pending),
        }
        for name, value in (("message", self.message), ("step", self.step), ("answer", self.answer)):
            if value:
                update[name] = value
        if self.plan:
            update["plan"] = [dict(step) for step in self.plan]
        if self.is_over:
            update["usage"] = self.usage
        return update


def _message(event: AnyEvent | OpaqueEvent, present: str) -> str:
    """Return what is said about a task after an event."""
    match event:
        case ToolCallStarted() if event.tool != PLAN_TOOL:
            return subject(event.tool, event.arguments)
        case ToolApprovalRequested():
            return str(event.request.get("title", event.tool))
        case StatusChanged() if event.status in _SAID:
            return _SAID[event.status]
        case TaskFailed() | LimitReached():
            return event.sentence
        case TaskInterrupted():
            return event.reason
    return present


# The arguments that say what a call is about, most telling first.
_TELLING = ("path", "command", "line", "argv", "query", "args", "prompt")
_LONGEST_SUBJECT = 100


def subject(tool: str, arguments: dict[str, Any]) -> str:
    """Return a call in a few words, such as `file_read main.py`."""
    value = next((arguments[name] for name in _TELLING if arguments.get(name)), "")
    words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    line = next(iter(words.splitlines()), "")
    return f"{tool} {line if len(line) <= _LONGEST_SUBJECT else line[:_LONGEST_SUBJECT] + '…'}".rstrip()
