"""The tasks of agents that were called by another one (C6)."""

from __future__ import annotations

from pylot.agent.blueprints import AgentsSettings
from pylot.agent.delegation import Child
from pylot.agent.ports import NoAudience, Place
from pylot.agent.run import RunRequest
from pylot.agent.transcript import Transcript
from pylot.app.workshop import Workshop
from pylot.journal.events import TaskCompleted, TaskCreated
from pylot.journal.tasks import RESUMABLE, NewTask, Status, Task

_INDEX = "index"
_MOST_LOOKED_AT = 500


class ChildTasks:
    """Implement `agent.delegation.Nursery` for one task; children call no agents themselves."""

    def __init__(self, shop: Workshop, parent: Task) -> None:
        self._shop = shop
        self._parent = parent

    async def child(self, request: RunRequest, place: Place) -> Child:
        """Return the task that belongs to a call: the one that another process has begun for it, or a new one."""
        shop, journal, parent = self._shop, self._shop.journal, self._parent
        task = await self._begun(place.index)
        is_new = task is None
        if task is None:
            options = {_INDEX: place.index}
            new = NewTask(request.prompt, parent.workspace, request.agent, parent.conversation_id, parent.id, options)
            task = await journal.create_task(new)
        blueprint = shop.workplace.settings.section(AgentsSettings).blueprint(request.agent)
        answer = await self._answer(task)
        if answer is None:
            task = await journal.claim(task.id, "start" if is_new else "resume")
        equipment = await shop.equip(task, blueprint, NoAudience(), None)
        transcript = Transcript.of(recorded.event for recorded in await journal.events(task.id))
        return Child(task.id, equipment, transcript, answer)

    async def _begun(self, index: int) -> Task | None:
        tasks = await self._shop.journal.tasks(
            parent=self._parent.id,
            statuses=[*RESUMABLE, Status.COMPLETED],
            limit=_MOST_LOOKED_AT,
        )
        for task in tasks:
            first = (await self._shop.journal.events(task.id))[0].event
            if isinstance(first, TaskCreated) and first.options.get(_INDEX) == index:
                return task
        return None

    async def _answer(self, task: Task) -> str | None:
        """Return what a child had come to before its parent heard of it."""
        if task.status is not Status.COMPLETED:
            return None
        ends = [it.event for it in await self._shop.journal.events(task.id) if isinstance(it.event, TaskCompleted)]
        return ends[-1].answer if ends else None
