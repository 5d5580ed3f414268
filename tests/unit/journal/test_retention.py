"""What is forgotten: what is over, whole, with its parts; never what can go on, nor a standing answer (B3, D3)."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from pylot.journal.approvals import NewApproval
from pylot.journal.events import (
    AnyEvent,
    EffectFinished,
    EffectIntended,
    LimitReached,
    Recorded,
    TaskCancelled,
    TaskCompleted,
    TaskContinued,
    TaskFailed,
    TaskInterrupted,
    TaskWaiting,
)
from pylot.journal.grants import ALLOW_SECONDS
from pylot.journal.journal import Journal
from pylot.journal.place import FILE_NAME
from pylot.journal.retention import Forgotten
from pylot.journal.schema import MIGRATIONS
from pylot.journal.tasks import NewTask, Status, Task
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import JournalError, StorageError
from pylot.storage.durable import DurableDatabase

ROOT = "/home/ann/project"
WAYS: dict[Status, list[AnyEvent]] = {
    Status.QUEUED: [],
    Status.RUNNING: [TaskContinued()],
    Status.WAITING: [TaskContinued(), TaskWaiting()],
    Status.INTERRUPTED: [TaskInterrupted()],
    Status.LIMIT: [TaskContinued(), LimitReached()],
    Status.FAILED: [TaskFailed(sentence="No.")],
    Status.COMPLETED: [TaskContinued(), TaskCompleted(answer="42")],
    Status.CANCELLED: [TaskCancelled()],
}
OVER = {Status.COMPLETED, Status.CANCELLED}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path, clock)
    yield journal
    await journal.close()


async def task_in(
    journal: Journal, status: Status = Status.COMPLETED, *, conversation: str = "", parent: str = ""
) -> Task:
    task = await journal.create_task(NewTask("Mend it", ROOT, conversation_id=conversation, parent_id=parent))
    await journal.append(task.id, *WAYS[status])
    return await journal.task(task.id)


async def wrote(journal: Journal, before: str | None) -> Task:
    """Return a task that is over and has changed a file."""
    task = await journal.create_task(NewTask("Mend it", ROOT))
    files = {"files": [{"path": "/a.py", "before": before, "after": "new", "kept": True}]}
    await journal.append(
        task.id, TaskContinued(), EffectIntended(effect_id="one", tool="file_write", details=files),
        EffectFinished(effect_id="one", ok=True, details=files), TaskCompleted(answer="Done."),
    )  # fmt: skip
    return task


@pytest.mark.parametrize("status", list(Status))
async def test_by_its_age_only_what_nobody_can_go_on_with_is_forgotten(
    journal: Journal, clock: ManualClock, status: Status
) -> None:
    task = await task_in(journal, status)
    assert await journal.forget_oldest(clock.now) is None

    forgotten = await journal.forget_oldest(clock.now + 1)

    assert (forgotten is not None) == (status in OVER)
    assert (task.id in await journal.task_ids()) == (status not in OVER)


@pytest.mark.parametrize("status", list(Status))
async def test_by_its_name_one_that_has_failed_is_forgotten_too(journal: Journal, status: Status) -> None:
    task = await task_in(journal, status)
    if status in OVER | {Status.FAILED}:
        assert (await journal.forget(task.id[:12])).task_ids == (task.id,)
        with pytest.raises(JournalError, match="no such task"):
            await journal.task(task.id)
        assert await journal.conversations() == []
    else:
        with pytest.raises(JournalError, match="can go on: cancel it first"):
            await journal.forget(task.id)
        assert (await journal.task(task.id)).status is status


async def test_a_conversation_is_forgotten_whole_or_not_at_all(journal: Journal, clock: ManualClock) -> None:
    """A22: what was said in it is what its last task knows."""
    first = await task_in(journal)
    waiting = await task_in(journal, Status.WAITING, conversation=first.conversation_id)
    assert await journal.forget_oldest(clock.now + 1) is None

    await journal.append(waiting.id, TaskCancelled())
    clock.advance(100)
    last = await task_in(journal, conversation=first.conversation_id)
    assert await journal.forget_oldest(clock.now) is None
    forgotten = await journal.forget_oldest(clock.now + 1)
    assert forgotten is not None
    assert set(forgotten.task_ids) == {first.id, waiting.id, last.id}
    assert await journal.conversations() == []


async def test_the_oldest_goes_first(journal: Journal, clock: ManualClock) -> None:
    tasks = []
    for _ in range(3):
        tasks.append(await task_in(journal))
        clock.advance(10)

    gone = [await journal.forget_oldest(clock.now - 15) for _ in range(3)]

    assert gone == [Forgotten((tasks[0].id,)), Forgotten((tasks[1].id,)), None]


async def test_the_parts_of_a_task_go_with_it_and_not_alone(journal: Journal) -> None:
    """C8: what a part of it could go on with, nobody goes on with once the whole is over."""
    parent = await task_in(journal)
    part = await task_in(journal, Status.LIMIT, conversation=parent.conversation_id, parent=parent.id)
    other = await task_in(journal, conversation=parent.conversation_id)
    with pytest.raises(JournalError, match=f"a part of another task: forget {parent.id}"):
        await journal.forget(part.id)

    assert (await journal.forget(parent.id)).task_ids == (parent.id, part.id)
    assert await journal.task_ids() == {other.id}
    assert len(await journal.conversations()) == 1


async def test_what_was_kept_for_it_alone_is_named(journal: Journal) -> None:
    shared, own, new = "ab" * 32, "cd" * 32, None
    for before in (shared, new):
        await wrote(journal, before)
    task = await wrote(journal, own)
    assert await journal.kept_contents() == {shared, own}

    assert await journal.forget(task.id) == Forgotten((task.id,), frozenset({own}))
    assert await journal.kept_contents() == {shared}


@pytest.mark.parametrize("choice", ["once", "task", "workspace", "user", "deny_always"])
async def test_a_standing_answer_outlives_its_task(journal: Journal, clock: ManualClock, choice: str) -> None:
    task = await journal.create_task(NewTask("Mend it", ROOT))
    await journal.claim(task.id)
    asked = await journal.request_approval(NewApproval(task.id, 1, "run_tests", {}, "ef" * 32, "Run make"))
    await journal.answer(asked.id, choice)
    await journal.append(task.id, TaskContinued(reason="approval"), TaskCompleted(answer="Done."))
    await journal.forget(task.id)

    held = await journal.grants_for(ROOT, "task-other")
    assert [grant.title for grant in held] == ["Run make"] * (choice in ("workspace", "user", "deny_always"))
    assert await journal.approvals(only_pending=False) == []
    other = await task_in(journal, Status.RUNNING)
    for grant in held:
        await journal.use_grant(grant.id, other.id)
        await journal.revoke(grant.id)
    assert await journal.grants() == []


async def test_an_answer_that_holds_no_longer_goes_with_its_task(journal: Journal, clock: ManualClock) -> None:
    task = await journal.create_task(NewTask("Mend it", ROOT))
    await journal.claim(task.id)
    asked = await journal.request_approval(NewApproval(task.id, 1, "run_tests", {}, "ef" * 32, "Run make"))
    await journal.answer(asked.id, "user")
    await journal.append(task.id, TaskCancelled())
    clock.advance(ALLOW_SECONDS + 1)
    await journal.forget(task.id)
    clock.advance(-ALLOW_SECONDS - 1)

    assert await journal.grants() == []


async def test_events_of_other_tasks_can_no_more_be_deleted_than_before(journal: Journal, tmp_path: Path) -> None:
    task = await task_in(journal, Status.LIMIT)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        for statement, reason in [
            ("DELETE FROM events", "only appended"),
            ("UPDATE tasks SET is_forgotten = 1", "can be gone on with"),
        ]:
            with pytest.raises(sqlite3.IntegrityError, match=reason):
                other.execute(statement)

    assert len(await journal.events(task.id)) == 3


async def test_another_process_hears_nothing_of_what_is_gone(
    journal: Journal, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have seen that there is an event a moment before that was deleted."""
    heard: list[Recorded] = []
    other = await Journal.open(tmp_path, clock)
    other.subscribe(heard.append)
    gone, kept = await task_in(journal), await task_in(journal, Status.LIMIT)
    positions = [each.position for task in (gone, kept) for each in await journal.events(task.id)]
    monkeypatch.setattr("pylot.journal.event_log.positions_behind", lambda database, position: positions)
    await journal.forget(gone.id)
    await other.listen()

    assert {recorded.task_id for recorded in heard} == {kept.id}
    await other.close()


async def test_what_is_old_is_looked_for_once_for_all_processes(journal: Journal, clock: ManualClock) -> None:
    assert await journal.is_upkeep_due(100)
    await journal.note_upkeep()
    clock.advance(99)
    assert not await journal.is_upkeep_due(100)
    clock.advance(1)
    assert await journal.is_upkeep_due(100)
    await journal.note_upkeep()
    assert not await journal.is_upkeep_due(100)


async def test_a_journal_from_before_keeps_its_answers(tmp_path: Path, clock: ManualClock) -> None:
    before = DurableDatabase.open(tmp_path / FILE_NAME, MIGRATIONS[:1]).database
    await before.write(
        lambda it: [
            it.run("INSERT INTO conversations VALUES ('talk-1', '/w', 'Mend it', 1, 1)"),
            it.run("INSERT INTO tasks VALUES ('task-1', 'talk-1', '', '/w', 'main', 'x', 'completed', '', 0, 1, 1)"),
            it.run("INSERT INTO grants VALUES ('grant-1', 'deny', 'user', 'h', 'task-1', '/w', 'Run make', 1, NULL,"
                   " NULL, 0, NULL)"),
        ]
    )  # fmt: skip
    await before.close()
    journal = await Journal.open(tmp_path, clock)
    await journal.forget("task-1")

    assert [grant.title for grant in await journal.grants()] == ["Run make"]
    await journal.close()


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, ManualClock())
    await journal.close()

    with pytest.raises(StorageError, match="closed"):
        await journal.give_back_room()
