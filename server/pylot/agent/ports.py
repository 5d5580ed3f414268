"""What a run needs of others, as protocols; the composition root hands in what fulfils them (A15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pylot.execution.outcome import Outcome as Outcome
from pylot.journal.events import AnyEvent
from pylot.kernel.clock import Clock, SystemClock
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import Tool
from pylot.policy.actions import Action
from pylot.policy.decision import Decision
from pylot.tools.ports import Record, keep_nothing


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a task an action stands; `index` counts the calls of the whole task from 1 (A8)."""

    task_id: str
    agent: str
    index: int
    tool: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user has said to an action that needed their yes; a comment is for the model to read (D3)."""

    approval_id: str
    choice: Literal["once", "task", "workspace", "user", "deny", "deny_always"]
    comment: str = ""

    @property
    def allows(self) -> bool:
        """Whether the action may be performed."""
        return self.choice not in ("deny", "deny_always")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What an agent is told of the workspace before it begins.

    `facts` are sentences of Pylot's own, `instructions` the user's (file name and text, of trusted workspaces only),
    `repo_map` the most important definitions, which come from files and are trusted by nobody.
    """

    facts: tuple[str, ...] = ()
    instructions: tuple[tuple[str, str], ...] = ()
    repo_map: str = ""


class Toolbox(Protocol):
    """The tools that one agent may call (C8)."""

    def tools(self) -> Sequence[Tool]:
        """Return them in an order that stays the same."""
        ...

    async def action(self, tool: str, arguments: Mapping[str, object], record: Record = keep_nothing) -> Action:
        """Return what a call would do; `record` is told of models that had to be asked for that.

        Raises:
            PylotError: the arguments make no sense, in a sentence that the model can act on.
        """
        ...


class Judge(Protocol):
    """Decide about actions; never asks anybody and never has an effect."""

    async def decide(self, action: Action, place: Place) -> Decision:
        """Return whether an action may be performed."""
        ...


class Approver(Protocol):
    """Ask the user, and let the task wait and go on in the journal."""

    async def ask(self, action: Action, decision: Decision, place: Place, reason: str) -> Answer | None:
        """Record the question and wait for its answer; `reason` is the model's own.

        The same action at the same place of a task is one question, however often it is asked, also by another
        process: an answer that was given meanwhile is returned at once.

        Returns:
            None when nobody can be reached: the question stays open, and the run ends until it is resumed.
        """
        ...


class Desk(Protocol):
    """Perform what was allowed, with intent and result in the journal."""

    async def perform(self, action: Action, permit: Decision | Answer, place: Place) -> Outcome:
        """Return what became of an action; raises `PylotError` only when it was not begun."""
        ...


class Delegates(Protocol):
    """Other agents that can be called like tools (C6)."""

    async def delegate(self, agent: str, prompt: str, place: Place) -> Outcome | None:
        """Let another agent do a part, within limits of its own; None when it waits for the user."""
        ...


class Recorder(Protocol):
    """Write a task's events down."""

    async def record(self, *events: AnyEvent) -> None:
        """Return once the events are durable, in one transaction, with the change of the task's state."""
        ...


class Minds(Protocol):
    """The models; `pylot.models.door.Models` is what fulfils it."""

    def provider(self, role: Role, agent: str = "") -> Provider:
        """Return the provider that serves a role."""
        ...


class Prompts(Protocol):
    """The templates that agents begin with."""

    def text(self, name: str, values: Mapping[str, str]) -> str:
        """Return what a template makes of values; raises `ConfigError` where there is none."""
        ...


class Audience(Protocol):
    """Who watches a run; what is said here is not kept."""

    def answer_begins(self) -> None:
        """Say that the text that follows is a new answer, and what was shown of another one is void."""
        ...

    def answer_goes_on(self, piece: str) -> None:
        """Show a piece of the answer."""
        ...


class NoAudience:
    """Watch nothing."""

    def answer_begins(self) -> None:
        """Do nothing."""

    def answer_goes_on(self, piece: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """Everything that a run works with."""

    minds: Minds
    verdicts: Verdicts
    prompts: Prompts
    toolbox: Toolbox
    judge: Judge
    approver: Approver
    desk: Desk
    recorder: Recorder
    delegates: Delegates | None = None
    knowledge: Knowledge = field(default_factory=Knowledge)
    audience: Audience = field(default_factory=NoAudience)
    clock: Clock = field(default_factory=SystemClock)
