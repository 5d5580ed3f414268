"""The task of a called agent is found again by whoever goes on with its parent (A11, C6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pylot.agent.blueprints import AgentsSettings
from pylot.agent.ports import Place
from pylot.agent.run import RunRequest
from pylot.app.child_tasks import ChildTasks
from pylot.journal.events import TaskCompleted, TaskInterrupted
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask, Status

REQUEST = RunRequest(prompt="Write f.", agent="coder")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path)
    yield journal
    await journal.close()


class Shop:
    """What of a workshop is needed here."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.workplace = SimpleNamespace(settings=SimpleNamespace(section=lambda _: AgentsSettings()))

    async def equip(self, *_: object) -> object:
        return None


async def begun(journal: Journal) -> tuple[ChildTasks, str]:
    """Return the children of a new task, and its id."""
    shop: Any = Shop(journal)
    parent = await journal.create_task(NewTask("Do it", "/project"))
    return ChildTasks(shop, parent), parent.id


def place(task_id: str, index: int) -> Place:
    return Place(task_id, "main", index, "coder", f"call-{index}")


async def test_each_call_has_a_task_of_its_own(journal: Journal) -> None:
    children, parent = await begun(journal)
    ids = {(await children.child(REQUEST, place(parent, index))).task_id for index in (1, 2)}
    tasks = [await journal.task(task_id) for task_id in sorted(ids)]

    assert len(ids) == 2
    assert {(task.parent_id, task.agent, task.status) for task in tasks} == {(parent, "coder", Status.RUNNING)}


async def test_one_that_was_cut_off_is_gone_on_with(journal: Journal) -> None:
    children, parent = await begun(journal)
    first = await children.child(REQUEST, place(parent, 1))
    await journal.append(first.task_id, TaskInterrupted())
    second = await children.child(REQUEST, place(parent, 1))

    assert (second.task_id, second.answer) == (first.task_id, None)
    assert (await journal.task(first.task_id)).status is Status.RUNNING


async def test_one_that_had_come_to_its_end_gives_its_answer(journal: Journal) -> None:
    children, parent = await begun(journal)
    first = await children.child(REQUEST, place(parent, 1))
    await journal.append(first.task_id, TaskCompleted(answer="def f(): ..."))
    second = await children.child(REQUEST, place(parent, 1))

    assert (second.task_id, second.answer) == (first.task_id, "def f(): ...")
