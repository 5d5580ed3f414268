"""Other agents as tools: a part of a task is a task of its own, with its own limits (C6)."""

from __future__ import annotations

from pylot.agent.blueprints import AgentsSettings
from pylot.agent.loop import AgentRun
from pylot.agent.ports import NoAudience, Outcome, Place
from pylot.agent.run import RunRequest
from pylot.agent.transcript import Transcript
from pylot.app.workshop import Workshop
from pylot.journal.events import TaskCreated
from pylot.journal.tasks import RESUMABLE, NewTask, Task
from pylot.kernel.cancellation import CancellationToken


class Delegation:
    """Implement `agent.ports.Delegates` for one task; the agents that it calls cannot call others."""

    def __init__(self, shop: Workshop, parent: Task, token: CancellationToken) -> None:
        self._shop = shop
        self._parent = parent
        self._token = token

    async def delegate(self, agent: str, prompt: str, place: Place) -> Outcome | None:
        """Let another agent do a part and return its answer; None when it waits for the user."""
        shop, parent = self._shop, self._parent
        blueprint = shop.workplace.settings.section(AgentsSettings).blueprint(agent)
        task = await self._task(agent, prompt)
        transcript = Transcript.of(each.event for each in await shop.journal.events(task.id))
        equipment = await shop.equip(task, blueprint, NoAudience(), None)
        request = RunRequest(prompt=prompt, agent=agent, workspace=parent.workspace)
        run = AgentRun(task.id, request, blueprint, equipment, transcript=transcript, token=self._token)
        result = await run.go()
        if result.status == "waiting_for_approval":
            return None
        is_done = result.status == "completed"
        error = "" if is_done else result.sentence or f"The agent {agent} did not finish its part."
        return Outcome(is_done, text=result.answer, error=error, metadata={"task_id": task.id, "status": result.status})

    async def _task(self, agent: str, prompt: str) -> Task:
        """Return the part as a task of this process: the one that was cut off or waited, or a new one."""
        journal, parent = self._shop.journal, self._parent
        for task in await journal.tasks(parent=parent.id, statuses=list(RESUMABLE)):
            first = (await journal.events(task.id))[0].event
            if task.agent == agent and isinstance(first, TaskCreated) and first.prompt == prompt:
                return await journal.claim(task.id, "resume")
        new = NewTask(prompt, parent.workspace, agent, parent.conversation_id, parent.id)
        return await journal.claim((await journal.create_task(new)).id)
