"""The journal: events as the truth, tasks that move by them, several processes on one file (B1 to B6)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pylot.journal.event_log import append_events
from pylot.journal.events import (
    AnyEvent,
    EffectFinished,
    EffectIntended,
    LimitReached,
    Message,
    OpaqueEvent,
    Recorded,
    TaskCancelled,
    TaskCompleted,
    TaskContinued,
    TaskFailed,
    TaskInterrupted,
    TaskWaiting,
)
from pylot.journal.journal import Journal
from pylot.journal.place import FILE_NAME
from pylot.journal.tasks import NewTask, Status, Task
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import JournalError
from pylot.storage.presence import Presence

EVENTS: dict[str, AnyEvent] = {
    "go": TaskContinued(),
    "wait": TaskWaiting(),
    "interrupt": TaskInterrupted(),
    "complete": TaskCompleted(answer="42"),
    "fail": TaskFailed(sentence="No."),
    "cancel": TaskCancelled(),
    "limit": LimitReached(),
}
# What leads to each status, and all that may happen then.
REACHED = {
    Status.QUEUED: ([], {"go", "interrupt", "fail", "cancel"}),
    Status.RUNNING: (["go"], {"wait", "interrupt", "complete", "fail", "cancel", "limit"}),
    Status.WAITING: (["go", "wait"], {"go", "wait", "fail", "cancel"}),
    Status.INTERRUPTED: (["interrupt"], {"go", "fail", "cancel"}),
    Status.COMPLETED: (["go", "complete"], set[str]()),
    Status.FAILED: (["fail"], {"go"}),
    Status.CANCELLED: (["cancel"], set[str]()),
    Status.LIMIT: (["go", "limit"], {"go", "cancel"}),
}


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path, ManualClock())
    yield journal
    await journal.close()


async def new_task(journal: Journal, prompt: str = "Mend it", **more: Any) -> Task:
    return await journal.create_task(NewTask(prompt, "/home/ann/project", **more))


@pytest.mark.parametrize("status", list(Status))
async def test_a_task_moves_only_as_the_table_says(journal: Journal, status: Status) -> None:
    """(B2)"""
    way, possible = REACHED[status]
    for name, event in EVENTS.items():
        task = await new_task(journal)
        for step in way:
            await journal.append(task.id, EVENTS[step])
        assert (await journal.task(task.id)).status is status
        if name in possible:
            await journal.append(task.id, event)
        else:
            with pytest.raises(JournalError, match="cannot become"):
                await journal.append(task.id, Message(text="kept with the rest or not at all"), event)
            assert len(await journal.events(task.id)) == 1 + len(way)


async def test_events_are_numbered_without_gaps_and_told_to_those_who_listen(journal: Journal) -> None:
    """B3; A8: the number outlives a question, so that later calls go on counting."""
    told: list[Recorded] = []
    end = journal.subscribe(told.append)
    first, second = await new_task(journal, "one"), await new_task(journal, "two")
    await journal.append(first.id, TaskContinued(), Message(text="a"))
    await journal.append(second.id, TaskContinued())
    end()
    await journal.append(first.id, Message(text="b"))

    kept = await journal.events(first.id)
    assert [each.seq for each in kept] == [1, 2, 3, 4]
    assert [(each.task_id, each.seq) for each in told] == [
        (first.id, 1), (second.id, 1), (first.id, 2), (first.id, 3), (second.id, 2)
    ]  # fmt: skip
    assert [each.type for each in await journal.events(first.id, after=2)] == ["message", "message"]


async def test_an_effect_is_begun_once_and_ended_once(journal: Journal) -> None:
    """Nothing is done twice without the log refusing it (T19)."""
    task, other = await new_task(journal), await new_task(journal)
    begin, end = EffectIntended(effect_id="e1", tool="file_write"), EffectFinished(effect_id="e1", ok=True)
    await journal.append(task.id, begin, end)

    for events in ([begin], [end], [EffectFinished(effect_id="e2", ok=True)]):
        with pytest.raises(JournalError, match="effect"):
            await journal.append(task.id, *events)
    with pytest.raises(JournalError, match="effect"):
        await journal.append(other.id, end)
    assert len(await journal.events(task.id)) == 3


async def test_what_another_version_wrote_is_kept_and_read_back(journal: Journal, tmp_path: Path) -> None:
    task = await new_task(journal)
    bodies = [
        {"type": "dream", "schema_version": 1, "text": "of sheep"},
        {"type": "message", "schema_version": 2, "text": ["in", "parts"]},
        {"type": "message", "schema_version": 1, "texts": "misshapen"},
    ]
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other, other:
        for seq, body in enumerate(bodies, 2):
            values = (task.id, seq, body["type"], body["schema_version"], json.dumps(body))
            other.execute("INSERT INTO events VALUES (NULL, ?, ?, ?, ?, 0.0, ?)", values)

    found = [each.event for each in (await journal.events(task.id))[1:]]
    assert found == [OpaqueEvent(str(body["type"]), int(str(body["schema_version"])), body) for body in bodies]


async def test_the_log_itself_cannot_be_rewritten(journal: Journal, tmp_path: Path) -> None:
    await new_task(journal)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        for statement in ("DELETE FROM events", "UPDATE events SET body = '{}'"):
            with pytest.raises(sqlite3.IntegrityError, match="only appended"):
                other.execute(statement)


async def test_a_conversation_is_what_was_asked_and_answered(journal: Journal) -> None:
    """(A22, B1)"""
    first = await new_task(journal, "Why?\nTell me.")
    await journal.append(first.id, TaskContinued(), Message(role="assistant", text="Because."))
    await journal.append(first.id, TaskCompleted(answer="Because."))
    second = await new_task(journal, "Really?", conversation_id=first.conversation_id)
    await new_task(journal, "A part of it", conversation_id=first.conversation_id, parent_id=second.id)
    await journal.append(second.id, TaskContinued(), Message(role="assistant", text="Wait."))
    await new_task(journal, "Something else")

    said = await journal.history(first.conversation_id)
    assert [(each.role, each.text) for each in said] == [
        ("user", "Why?\nTell me."), ("assistant", "Because."), ("user", "Really?"), ("assistant", "Wait.")
    ]  # fmt: skip
    assert [each.text for each in await journal.history(first.conversation_id, limit=1)] == ["Wait."]
    assert [each.title for each in await journal.conversations("/home/ann/project")] == ["Something else", "Why?"]
    assert await journal.conversations("/elsewhere") == []
    with pytest.raises(JournalError, match="no such conversation"):
        await new_task(journal, conversation_id="talk-none")


async def test_a_task_is_found_by_the_beginning_of_its_name(journal: Journal) -> None:
    task = await new_task(journal)
    await new_task(journal)

    assert await journal.task(task.id[:-2]) == task
    for name, sentence in (("task-", "several"), ("ta", "no such"), ("task-x", "no such"), ("%", "no such")):
        with pytest.raises(JournalError, match=sentence):
            await journal.task(name)


async def test_tasks_are_listed_by_what_happened_last(journal: Journal) -> None:
    one, two = await new_task(journal, "one"), await new_task(journal, "two")
    await journal.append(one.id, TaskContinued())

    assert [task.id for task in await journal.tasks(statuses=[Status.QUEUED])] == [two.id]
    assert [task.id for task in await journal.tasks(workspace="/home/ann/project", limit=1)] == [two.id]
    assert await journal.tasks(workspace="/elsewhere") == []
    assert [task.id for task in await journal.tasks(conversation=one.conversation_id)] == [one.id]


async def test_two_processes_do_not_work_on_one_task(journal: Journal, tmp_path: Path) -> None:
    task = await new_task(journal)
    await journal.claim(task.id)
    other = await Journal.open(tmp_path, ManualClock())

    with pytest.raises(JournalError, match="Another window"):
        await other.claim(task.id, "resume")
    assert (await other.task(task.id)).status is Status.RUNNING
    await other.close()


async def test_work_that_ended_without_a_word_can_be_gone_on_with(journal: Journal) -> None:
    """As after a full disk, where the end of a run could not be kept (T17)."""
    task = await new_task(journal)
    await journal.claim(task.id)
    await journal.append(task.id, EffectIntended(effect_id="e1", tool="file_write"))
    await journal.claim(task.id, "resume")

    assert [each.type for each in await journal.events(task.id)][-3:] == [
        "task_interrupted", "effect_finished", "task_continued"
    ]  # fmt: skip


async def test_what_a_dead_process_was_doing_is_interrupted_and_its_effects_unknown(tmp_path: Path) -> None:
    """Nothing is run again by itself (T19)."""
    journal = await Journal.open(tmp_path, ManualClock())
    running, waiting = await new_task(journal), await new_task(journal)
    for task in (running, waiting):
        await journal.claim(task.id)
    await journal.append(running.id, EffectIntended(effect_id="e1", tool="shell_exec_safe"))
    await journal.append(waiting.id, TaskWaiting())
    # As a killed process leaves it: the mark is gone, the rest as it was.
    journal._presence.close()
    other = await Journal.open(tmp_path, ManualClock())

    assert [(await other.task(task.id)).status for task in (running, waiting)] == [Status.INTERRUPTED, Status.WAITING]
    last = (await other.events(running.id))[-1].event
    assert isinstance(last, EffectFinished)
    assert (last.effect_id, last.ok, last.unknown) == ("e1", False, True)
    for task in (running, waiting):
        assert (await other.claim(task.id, "resume")).owner == other.owner
    await journal._database.close()
    await other.close()


async def test_closing_interrupts_what_still_runs(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, ManualClock())
    task = await new_task(journal)
    await journal.claim(task.id)
    await journal.close()
    again = await Journal.open(tmp_path, ManualClock())

    assert (await again.task(task.id)).status is Status.INTERRUPTED
    await again.close()


async def test_a_cancel_reaches_the_process_at_work(journal: Journal, tmp_path: Path) -> None:
    task, idle = await new_task(journal), await new_task(journal)
    await journal.claim(task.id)
    heard: list[str] = []
    journal.subscribe(lambda recorded: heard.append(f"{recorded.task_id} {recorded.type}"))
    other = await Journal.open(tmp_path, ManualClock())
    await other.request_cancel(task.id, by="terminal")
    await other.request_cancel(idle.id)
    await journal.append(task.id, Message(text="meanwhile"))
    await journal.listen()
    await journal.listen()

    assert heard == [
        f"{task.id} message", f"{task.id} cancel_requested", f"{idle.id} cancel_requested", f"{idle.id} task_cancelled"
    ]  # fmt: skip
    assert (await journal.task(task.id)).status is Status.RUNNING
    with pytest.raises(JournalError, match="cancelled already"):
        await other.request_cancel(idle.id)
    await other.close()


async def test_a_change_of_a_file_that_is_not_there_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="no such task"):
        await journal.append("task-none", Message(text=""))
    with pytest.raises(JournalError, match="no such task"):
        await journal._database.write(lambda database: append_events(database, "task-none", [], 0.0))


def test_marks_of_the_dead_are_swept(tmp_path: Path) -> None:
    (tmp_path / "1-dead.here").write_text("")
    mark = Presence(tmp_path)

    assert [path.stem for path in tmp_path.glob("*.here")] == [mark.name]
    mark.close()
    assert list(tmp_path.glob("*.here")) == []
