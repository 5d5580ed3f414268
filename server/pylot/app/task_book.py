"""Tasks, questions and standing answers as people see them, in whatever editor or terminal; no model is needed (D5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pylot.app.approval_question import wire_question
from pylot.app.task_view import TaskView
from pylot.journal.grants import ALLOW_SECONDS
from pylot.journal.journal import Journal
from pylot.journal.tasks import FINISHED, RESUMABLE, Status, Task
from pylot.kernel.clock import Clock
from pylot.kernel.errors import JournalError

Json = dict[str, Any]


class TaskBook:
    """The journal of one user, opened when it is first needed; owned by one event loop.

    `say` is told, once, how the journal was found if something was wrong with it; `grant_seconds` is how long an answer
    for a workspace or for good holds; `upkeep` is done beside it until the journal is closed.
    """

    def __init__(
        self,
        data: Path,
        clock: Clock,
        say: Callable[[str], None],
        grant_seconds: Callable[[], float] = lambda: ALLOW_SECONDS,
        upkeep: Callable[[Journal], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._data = data
        self._clock = clock
        self._say = say
        self._grant_seconds = grant_seconds
        self._opening: asyncio.Task[Journal] | None = None
        self._upkeep = upkeep
        self._background: list[asyncio.Task[None]] = []

    async def journal(self) -> Journal:
        """Return the journal, open and listening to what other processes write; raises StorageError."""
        if self._opening is not None and self._opening.done() and self._opening.exception() is not None:
            self._opening = None
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Close the journal; what still runs here becomes interrupted."""
        if self._opening is None:
            return
        await asyncio.wait([self._opening])
        for work in self._background:
            work.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._opening.exception() is None:
            await self._opening.result().close()

    async def find(self, task_id: str, *, workspace: str | None = None, resumable: bool = False) -> Task:
        """Return a task by its id or a beginning of it; without one the newest, of those that can be meant.

        Raises:
            JournalError: there is none.
        """
        journal = await self.journal()
        if task_id:
            return await journal.task(task_id)
        wanted = RESUMABLE if resumable else frozenset(Status) - FINISHED
        tasks = await journal.tasks(workspace=workspace, statuses=list(wanted), limit=1)
        if not tasks:
            raise JournalError(
                "There is no task to go on with here." if resumable else "There is no task under way or waiting here."
            )
        return tasks[0]

    async def tasks(self, workspace: str | None, limit: int) -> list[Json]:
        """Return the tasks that something has happened to last, the newest last, with how many questions they ask."""
        journal = await self.journal()
        asked = Counter(approval.task_id for approval in await journal.approvals())
        tasks = await journal.tasks(workspace=workspace, limit=limit)
        return [{**task.to_json(), "pendingApprovals": asked[task.id]} for task in reversed(tasks)]

    async def show(self, task_id: str) -> Json:
        """Return a task, where it stands and all that has happened to it."""
        task = await self.find(task_id)
        view = await self.view(task)
        events = await (await self.journal()).events(task.id)
        return {**task.to_json(), **view.to_json(), "events": [each.to_json() for each in events]}

    async def view(self, task: Task) -> TaskView:
        """Return where a task stands."""
        view = TaskView(task)
        for recorded in await (await self.journal()).events(task.id):
            view.apply(recorded)
        view.status = task.status
        return view

    async def result(self, task_id: str) -> Json:
        """Return what a task has come to (A3)."""
        task = await self.find(task_id)
        view = await self.view(task)
        return {
            "taskId": task.id, "status": task.status.value, "answer": view.answer, "reasoning": view.reasoning,
            "message": view.message, "conversation": task.conversation_id, "pendingApprovals": len(view.pending),
            "usage": view.usage,
        }  # fmt: skip

    async def approvals(self) -> Json:
        """Return what is asked now, and what holds for the next time."""
        journal = await self.journal()
        pending = [{**wire_question(each), "created": each.created} for each in await journal.approvals()]
        return {"approvals": pending, "grants": [grant.to_json() for grant in await journal.grants()]}

    async def answer(self, approval_id: str, choice: str, comment: str, by: str) -> Json:
        """Answer a question by its whole id; raises JournalError when it was answered already, or not like this."""
        journal = await self.journal()
        approval = await journal.answer(approval_id, choice, comment, by)
        task = await journal.task(approval.task_id)
        return {"id": approval.id, "choice": approval.choice, "taskId": task.id, "status": task.status.value}

    async def approval_id(self, typed: str) -> str:
        """Return the id that somebody has typed the beginning of; raises JournalError where it is in doubt."""
        return (await (await self.journal()).find_approval(typed)).id

    async def revoke(self, grant_id: str, by: str) -> None:
        """Let a grant answer no more; raises JournalError when there is none."""
        await (await self.journal()).revoke(grant_id, by)

    async def _open(self) -> Journal:
        journal = await Journal.open(self._data, self._clock)
        journal.grant_seconds = self._grant_seconds
        for note in journal.notes:
            self._say(note)
        works = [journal.follow(), *([self._upkeep(journal)] if self._upkeep else [])]
        self._background = [asyncio.create_task(_quietly(work)) for work in works]
        return journal


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except asyncio.CancelledError:
        return
