"""Other agents as tools: a part of a task is a task of its own, with its own limits (C6)."""

from __future__ import annotations

from pylot.agent.blueprints import AgentsSettings
from pylot.agent.loop import AgentRun
from pylot.agent.ports import NoAudience, Outcome, Place
from pylot.agent.run import RunRequest
from pylot.app.workshop import Workshop
from pylot.journal.tasks import NewTask, Task
from pylot.kernel.cancellation import CancellationToken


class Delegation:
    """Implement `agent.ports.Delegates` for one task; the agents that it calls cannot call others."""

    def __init__(self, shop: Workshop, parent: Task, token: CancellationToken) -> None:
        self._shop = shop
        self._parent = parent
        self._token = token

    async def delegate(self, agent: str, prompt: str, place: Place) -> Outcome:
        """Let another agent do a part and return its answer."""
        shop, parent = self._shop, self._parent
        blueprint = shop.workplace.settings.section(AgentsSettings).blueprint(agent)
        new = NewTask(prompt, parent.workspace, agent, parent.conversation_id, parent.id)
        task = await shop.journal.claim((await shop.journal.create_task(new)).id)
        equipment = await shop.equip(task, blueprint, NoAudience(), None)
        request = RunRequest(prompt=prompt, agent=agent, workspace=parent.workspace)
        result = await AgentRun(task.id, request, blueprint, equipment, token=self._token).go()
        is_done = result.status == "completed"
        error = "" if is_done else result.sentence or f"The agent {agent} did not finish its part."
        return Outcome(is_done, text=result.answer, error=error, metadata={"task_id": task.id, "status": result.status})
