"""Other agents as tools (C6): a part of the work, done within limits of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pylot.agent.blueprints import AgentsSettings, Blueprint
from pylot.agent.loop import AgentRun
from pylot.agent.ports import Equipment, Outcome, Place, Toolbox
from pylot.agent.run import RunRequest
from pylot.agent.transcript import Transcript
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError, OperationCancelledError
from pylot.models.values import Tool
from pylot.policy.actions import Action, Delegate
from pylot.tools.ports import Record, keep_nothing


@dataclass(frozen=True, slots=True)
class Child:
    """The task of another agent, which is this process's and runs in the journal.

    `answer` is what it came to, when it came to its end before its parent heard of it.
    """

    task_id: str
    equipment: Equipment
    transcript: Transcript = field(default_factory=Transcript)
    answer: str | None = None


class Nursery(Protocol):
    """Make the tasks of other agents."""

    async def child(self, request: RunRequest, place: Place) -> Child:
        """Return the task that belongs to a place: the one that another process began there, or a new one."""
        ...


class Delegation:
    """Run other agents for one task; fulfils `Delegates`."""

    def __init__(self, agents: AgentsSettings, request: RunRequest, nursery: Nursery, token: CancellationToken) -> None:
        self._agents = agents
        self._request = request
        self._nursery = nursery
        self._token = token

    async def delegate(self, agent: str, prompt: str, place: Place) -> Outcome | None:
        """Return another agent's answer; None when it waits for the user.

        Raises:
            ConfigError: there is no such agent.
            OperationCancelledError: the whole task was cancelled.
        """
        blueprint = self._agents.blueprint(agent)
        request = RunRequest(
            prompt=prompt,
            agent=agent,
            workspace=self._request.workspace,
            conversation=self._request.conversation,
            reasoning=self._request.reasoning,
            reflect=False,
        )
        child = await self._nursery.child(request, place)
        if child.answer is not None:
            return Outcome(True, child.answer, metadata={"child_task": child.task_id, "status": "completed"})
        run = AgentRun(
            child.task_id, request, blueprint, child.equipment, transcript=child.transcript, token=self._token
        )
        result = await run.go()
        if result.status == "waiting_for_approval":
            return None
        if result.status == "cancelled":
            raise OperationCancelledError("The task was cancelled.")
        metadata = {"child_task": result.task_id, "status": result.status}
        return Outcome(result.status == "completed", result.answer, result.sentence, metadata)


class WithAgents:
    """The tools of an agent and the agents that it may call, as one toolbox.

    An agent that was called itself calls no others (`may_delegate`), so that no two leave their work to each other.
    """

    def __init__(
        self, toolbox: Toolbox, agents: AgentsSettings, blueprint: Blueprint, *, may_delegate: bool = True
    ) -> None:
        self._toolbox = toolbox
        self._names = agents.delegates(blueprint) if may_delegate else ()
        self._agents = agents

    def tools(self) -> Sequence[Tool]:
        """Return the tools, then the agents."""
        return (*self._toolbox.tools(), *(_tool(name, self._agents.blueprint(name)) for name in self._names))

    async def action(self, tool: str, arguments: Mapping[str, object], record: Record = keep_nothing) -> Action:
        """Return what a call would do; raises `PylotError` when it makes no sense."""
        if tool not in self._names:
            return await self._toolbox.action(tool, arguments, record)
        prompt = str(arguments.get("prompt", "")).strip()
        if not prompt:
            raise ActionRefusedError(f"Say what {tool} is to do.")
        return Delegate(agent_id=tool, prompt=prompt)


def _tool(name: str, blueprint: Blueprint) -> Tool:
    return Tool(
        name,
        f"{blueprint.description or 'Another agent.'} It sees nothing of this conversation: tell it all it must know.",
        {
            "type": "object",
            "properties": {"prompt": {"type": "string", "minLength": 1}},
            "required": ["prompt"],
            "additionalProperties": False,
        },
    )
