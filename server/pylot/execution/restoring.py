"""Taking back what a task has changed (reference T12)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from pylot.execution.checkpoints import Checkpoints, Restored, changes_in
from pylot.journal.events import AnyEvent, CommandAudit, Recorded
from pylot.workspace.roots import Roots


class TaskLog(Protocol):
    """The events of tasks; `pylot.journal.journal.Journal` fulfils it."""

    async def append(self, task_id: str, *events: AnyEvent) -> list[Recorded]:
        """Write events of a task, all of them or none, and return once they are durable."""
        ...

    async def events(self, task_id: str, after: int = 0) -> list[Recorded]:
        """Return the events of a task."""
        ...


async def restore_task(log: TaskLog, checkpoints: Checkpoints, roots: Roots, task_id: str, since: int = 0) -> Restored:
    """Take back the changes of files that a task has made, from its event number `since` on, and write that down.

    What somebody has changed after the agent is left alone. Raises StorageError.
    """
    changes = changes_in(await log.events(task_id), since)
    done = await asyncio.to_thread(checkpoints.restore, changes, roots)
    if done.files:
        event = CommandAudit(
            index=0, tool="restore", command="restore", action_type="restore", approved=True, ok=not done.skipped,
            details={"files": list(done.files), "skipped": [list(each) for each in done.skipped]},
        )  # fmt: skip
        await log.append(task_id, event)
    return done
