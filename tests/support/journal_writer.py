"""Works through tasks in a journal without an end, and says what has been acknowledged: to be killed.

`python -m tests.support.journal_writer FOLDER`. A line is `task seq` for what is on the disk by then.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from pylot.journal.approvals import NewApproval
from pylot.journal.events import (
    AnyEvent,
    EffectFinished,
    EffectIntended,
    ModelCallFinished,
    TaskCompleted,
    ToolCallFinished,
)
from pylot.journal.journal import Journal
from pylot.journal.tasks import RESUMABLE, NewTask, Status, Task

_STEPS = 4
# Long enough for several pages of the database.
_TEXT = "x" * 20_000


async def work(journal: Journal, folder: Path, task: Task) -> None:
    """Do what is not yet done of a task: each step appends a line to a file, which nobody may do twice."""
    await journal.claim(task.id, "resume" if task.last_seq > 1 else "start")
    begun = {it.event.effect_id for it in await journal.events(task.id) if isinstance(it.event, EffectIntended)}
    for number in range(_STEPS):
        effect = f"{task.id}/{number}"
        if effect in begun:
            continue
        await say(journal, task, ModelCallFinished(role="action"), EffectIntended(effect_id=effect, tool="t"))
        with (folder / "effects").open("a") as file:
            file.write(f"{effect}\n")
        await say(journal, task, EffectFinished(effect_id=effect, ok=True))
        await say(journal, task, ToolCallFinished(index=number, tool="t", ok=True, text=_TEXT))
        if number == 1:
            asked = await journal.request_approval(NewApproval(task.id, number, "t", {}, effect, "May I?"))
            await journal.answer(asked.id, "workspace")
            await journal.use_approval(asked.id, asked.nonce, effect)
            await journal.claim(task.id, "approval")
    await say(journal, task, TaskCompleted(answer="Done."))


async def say(journal: Journal, task: Task, *events: AnyEvent) -> None:
    recorded = await journal.append(task.id, *events)
    sys.stdout.write(f"{task.id} {recorded[-1].seq}\n")
    sys.stdout.flush()


async def main(folder: Path) -> None:
    journal = await Journal.open(folder)
    for left in await journal.tasks(statuses=[status for status in RESUMABLE if status is not Status.FAILED]):
        for approval in await journal.approvals(task_id=left.id):
            await journal.answer(approval.id, "deny")
        await work(journal, folder, left)
    for _ in itertools.count():
        await work(journal, folder, await journal.create_task(NewTask("Do it", str(folder))))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
