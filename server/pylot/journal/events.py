"""What can happen to a task, as values that are written once and never changed (B3, B4).

An event of an unknown type, of a newer version or of a shape that cannot be read is kept and given back as
`OpaqueEvent`: a log written by another version of Pylot loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Json = dict[str, Any]


class Event(BaseModel):
    """What all events have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1


class TaskCreated(Event):
    """Somebody wants something done; `options` is the rest of the run request."""

    type: Literal["task_created"] = "task_created"
    prompt: str
    agent: str = ""
    workspace: str = ""
    conversation_id: str = ""
    parent_id: str = ""
    options: Json = {}


class TaskContinued(Event):
    """Work begins or goes on; `reason` is one of start, approval, resume and limit."""

    type: Literal["task_continued"] = "task_continued"
    reason: str = "start"


class TaskWaiting(Event):
    """Nothing more is done until these approvals have been answered (A10)."""

    type: Literal["task_waiting_for_approval"] = "task_waiting_for_approval"
    approval_ids: tuple[str, ...] = ()


class TaskInterrupted(Event):
    """The process that worked on it is gone, or is leaving."""

    type: Literal["task_interrupted"] = "task_interrupted"
    reason: str = ""


class TaskCompleted(Event):
    """The answer has been given."""

    type: Literal["task_completed"] = "task_completed"
    answer: str
    reasoning: str = ""
    usage: Json = {}


class TaskFailed(Event):
    """It could not be done; one clear sentence says why."""

    type: Literal["task_failed"] = "task_failed"
    sentence: str


class TaskCancelled(Event):
    """The user no longer wants it."""

    type: Literal["task_cancelled"] = "task_cancelled"
    reason: str = ""


class CancelRequested(Event):
    """Whoever works on the task is asked to stop; any process may write this."""

    type: Literal["cancel_requested"] = "cancel_requested"
    by: str = ""


class LimitReached(Event):
    """A limit of iterations, tokens, time or repetition ended the run; the user may let it go on (A7)."""

    type: Literal["tool_iteration_limit_reached"] = "tool_iteration_limit_reached"
    kind: str = "iterations"
    limit: float = 0
    used: float = 0
    sentence: str = ""


class Message(Event):
    """A message of the conversation: what a user or the agent has said."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant"] = "user"
    text: str


class ModelCallStarted(Event):
    """A model is being asked."""

    type: Literal["model_call_started"] = "model_call_started"
    role: str
    model: str = ""
    purpose: str = ""


class ModelCallFinished(Event):
    """What asking a model took (B5); times in milliseconds."""

    type: Literal["model_call_finished"] = "model_call_finished"
    role: str
    model: str = ""
    provider: str = ""
    finish: str = ""
    latency_ms: float = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    tokens_per_second: float | None = None
    error: str = ""


class CognitionResponse(Event):
    """What the thinker has said, its reasoning apart from it (A5, H18)."""

    type: Literal["cognition_response"] = "cognition_response"
    text: str
    reasoning: str = ""


class ActionDirective(Event):
    """What the model wants done next, as it was understood (A6)."""

    type: Literal["action_directive"] = "action_directive"
    directive: Json
    repairs: tuple[str, ...] = ()
    reasoning: str = ""


class ActionDirectiveFailed(Event):
    """The model's directive could not be used, and why."""

    type: Literal["action_directive_failed"] = "action_directive_failed"
    error: str
    text: str = ""


class ToolCallStarted(Event):
    """A tool is being called; `index` counts the calls of the whole task (A8)."""

    type: Literal["tool_call_started"] = "tool_call_started"
    index: int
    tool: str
    call_id: str = ""
    arguments: Json = {}


class ActionWorkedOut(Event):
    """What a model was asked to write for a call, as the action that it comes to: it is asked once."""

    type: Literal["action_worked_out"] = "action_worked_out"
    index: int
    action: Json = {}


class ToolCallFinished(Event):
    """What a tool has given back, as the model reads it (C7)."""

    type: Literal["tool_call_finished"] = "tool_call_finished"
    index: int
    tool: str
    call_id: str = ""
    ok: bool
    text: str = ""
    error: str = ""
    metadata: Json = {}
    truncated: bool = False
    artefact: str = ""


class ToolApprovalRequested(Event):
    """The user is asked (B6); `request` is what they are shown."""

    type: Literal["tool_approval_requested"] = "tool_approval_requested"
    index: int
    tool: str
    action: Json
    approval_id: str
    reason: str = ""
    risk: str = "medium"
    request: Json = {}
    choices: tuple[str, ...] = ()


class ApprovalAnswered(Event):
    """The user has answered, in whatever editor or terminal."""

    type: Literal["approval_answered"] = "approval_answered"
    approval_id: str
    choice: str
    comment: str = ""
    by: str = ""


class ApprovalUsed(Event):
    """An allowing answer has been used up; it allows nothing any more."""

    type: Literal["approval_used"] = "approval_used"
    approval_id: str


class GrantAdded(Event):
    """From now on the same action is allowed, or denied, without asking (D2, D3)."""

    type: Literal["grant_added"] = "grant_added"
    grant_id: str
    effect: Literal["allow", "deny"]
    scope: str
    action_hash: str


class GrantUsed(Event):
    """A grant has answered instead of the user."""

    type: Literal["grant_used"] = "grant_used"
    grant_id: str


class GrantRevoked(Event):
    """A grant answers no more."""

    type: Literal["grant_revoked"] = "grant_revoked"
    grant_id: str
    by: str = ""


class EffectIntended(Event):
    """Written before anything is changed; an effect without an end has an unknown result and is never run again."""

    type: Literal["effect_intended"] = "effect_intended"
    effect_id: str
    index: int = 0
    tool: str
    action_hash: str = ""
    summary: str = ""
    approval_id: str = ""
    details: Json = {}


class EffectFinished(Event):
    """Written after an effect, once; `unknown` where the process ended in between (T19)."""

    type: Literal["effect_finished"] = "effect_finished"
    effect_id: str
    ok: bool
    unknown: bool = False
    error: str = ""
    details: Json = {}


class CommandAudit(Event):
    """One record for each action that changes something (D7); `command` is shown as in approvals."""

    type: Literal["command_audit"] = "command_audit"
    index: int
    tool: str
    command: str
    action_type: str = ""
    risk_level: str = ""
    requires_approval: bool = False
    blocked: bool = False
    approved: bool = False
    ok: bool = False
    returncode: int | None = None
    reason: str = ""
    details: Json = {}


class PlanUpdated(Event):
    """The plan as it stands now: steps of `{text, status}` (A19)."""

    type: Literal["plan_updated"] = "plan_updated"
    plan: tuple[Json, ...] = ()


class Compacted(Event):
    """From here on the model reads `summary` instead of the observations up to `up_to` (T17)."""

    type: Literal["compacted"] = "compacted"
    up_to: int
    summary: str = ""
    details: Json = {}


class StatusChanged(Event):
    """What the agent is doing: planning, running_tool, answering (A16)."""

    type: Literal["status_changed"] = "status_changed"
    status: str
    detail: str = ""


class MemoryPolicyDecision(Event):
    """Whether something is worth remembering (F2)."""

    type: Literal["memory_policy_decision"] = "memory_policy_decision"
    should_store: bool
    details: Json = {}


class MemoryStored(Event):
    """Something was remembered."""

    type: Literal["memory_stored"] = "memory_stored"
    memory_id: str
    details: Json = {}


class MemoryPolicyFailed(Event):
    """It could not be decided whether to remember; nothing was stored."""

    type: Literal["memory_policy_failed"] = "memory_policy_failed"
    error: str


class ReflectionCompleted(Event):
    """What was learned from the task (G1)."""

    type: Literal["reflection_completed"] = "reflection_completed"
    summary: str = ""
    lesson: str = ""


class ReflectionFailed(Event):
    """Nothing could be learned from the task."""

    type: Literal["reflection_failed"] = "reflection_failed"
    error: str


@dataclass(frozen=True, slots=True)
class OpaqueEvent:
    """An event that this version of Pylot cannot read, as it was written."""

    type: str
    schema_version: int
    body: Json


AnyEvent = Annotated[
    TaskCreated
    | TaskContinued
    | TaskWaiting
    | TaskInterrupted
    | TaskCompleted
    | TaskFailed
    | TaskCancelled
    | CancelRequested
    | LimitReached
    | Message
    | ModelCallStarted
    | ModelCallFinished
    | CognitionResponse
    | ActionDirective
    | ActionDirectiveFailed
    | ToolCallStarted
    | ActionWorkedOut
    | ToolCallFinished
    | ToolApprovalRequested
    | ApprovalAnswered
    | ApprovalUsed
    | GrantAdded
    | GrantUsed
    | GrantRevoked
    | EffectIntended
    | EffectFinished
    | CommandAudit
    | PlanUpdated
    | Compacted
    | StatusChanged
    | MemoryPolicyDecision
    | MemoryStored
    | MemoryPolicyFailed
    | ReflectionCompleted
    | ReflectionFailed,
    Field(discriminator="type"),
]

_ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place: `seq` counts a task's events from 1 without gaps, `position` those of all tasks.

    `at` is in seconds since the epoch.
    """

    position: int
    task_id: str
    seq: int
    at: float
    event: AnyEvent | OpaqueEvent

    @property
    def type(self) -> str:
        """The event's type, known or not."""
        return self.event.type

    def to_json(self) -> Json:
        """Return the event with its place as JSON values."""
        body = self.event.body if isinstance(self.event, OpaqueEvent) else self.event.model_dump(mode="json")
        return {"taskId": self.task_id, "seq": self.seq, "at": self.at, **body}


def read_event(type_name: str, schema_version: int, body: Json) -> AnyEvent | OpaqueEvent:
    """Return an event as it was written; never raises."""
    if schema_version <= SCHEMA_VERSION:
        try:
            return _ADAPTER.validate_python(body)
        except ValidationError:
            pass
    return OpaqueEvent(type_name, schema_version, body)
