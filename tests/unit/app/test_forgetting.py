"""What lies beside the journal goes with its task, once a day and by name (B3, T12)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pylot.app.forgetting import Forgetting
from pylot.execution.checkpoints import Checkpoints
from pylot.journal.events import EffectFinished, EffectIntended, TaskCompleted, TaskContinued
from pylot.journal.journal import Journal
from pylot.journal.settings import HistorySettings
from pylot.journal.tasks import NewTask
from pylot.kernel.clock import ManualClock
from pylot.storage.directories import Directories
from pylot.text.file_encoding import content_hash

DAY = 24 * 3600.0


@pytest.fixture
async def forgetting(tmp_path: Path) -> AsyncIterator[Forgetting]:
    names = ("config", "data", "cache", "models", "log", "run")
    directories = Directories(*(tmp_path / name for name in names))
    clock = ManualClock(1000 * DAY)
    journal = await Journal.open(directories.data, clock)
    yield Forgetting(journal, directories, clock)
    await journal.close()


def advance(forgetting: Forgetting, days: float) -> None:
    assert isinstance(forgetting.clock, ManualClock)
    forgetting.clock.advance(days * DAY)


async def task_that_changed(forgetting: Forgetting, *before: bytes, output: int = 10) -> str:
    """Write a task that is over, with what its files held before and the output of a command."""
    task = await forgetting.journal.create_task(NewTask("Mend it", "/w"))
    checkpoints = Checkpoints(forgetting.directories.data / "checkpoints")
    for data in before:
        checkpoints.keep(data)
    files = {"files": [{"path": "/w/a", "before": content_hash(data), "after": None} for data in before]}
    await forgetting.journal.append(
        task.id, TaskContinued(), EffectIntended(effect_id="one", tool="file_write"),
        EffectFinished(effect_id="one", ok=True, details=files), TaskCompleted(answer="Done."),
    )  # fmt: skip
    for path in (forgetting.directories.data / "artefacts", forgetting.directories.cache / "scratch"):
        (path / task.id).mkdir(parents=True)
        (path / task.id / "effect-1.txt").write_bytes(b"x" * output)
    rest(forgetting)
    return task.id


def rest(forgetting: Forgetting) -> None:
    """Let every file have been used when the clock says."""
    for folder in (forgetting.directories.data, forgetting.directories.cache):
        for path in folder.rglob("*"):
            os.utime(path, (forgetting.clock.wall(), forgetting.clock.wall()))


def left(forgetting: Forgetting) -> tuple[set[str], set[str], int]:
    """Return whose outputs and scratch are there, and how many contents."""
    data, cache = forgetting.directories.data, forgetting.directories.cache
    names = [{path.name for path in folder.iterdir()} for folder in (data / "artefacts", cache / "scratch")]
    return names[0], names[1], len(list(data.glob("checkpoints/*")))


async def test_a_task_goes_with_all_that_was_kept_for_it_alone(forgetting: Forgetting) -> None:
    gone = await task_that_changed(forgetting, b"its own", b"shared")
    kept = await task_that_changed(forgetting, b"shared")
    advance(forgetting, 1)

    assert await forgetting.task(gone) == [gone]
    assert left(forgetting) == ({kept}, {kept}, 1)
    shared = Checkpoints(forgetting.directories.data / "checkpoints").content(content_hash(b"shared"))
    assert shared == b"shared"


async def test_what_is_being_kept_this_moment_stays(forgetting: Forgetting) -> None:
    """Another task may have kept the same content and not have written so yet."""
    task = await task_that_changed(forgetting, b"its own")

    await forgetting.task(task)
    assert left(forgetting) == (set(), set(), 1)


async def test_once_a_day_what_is_old_goes(forgetting: Forgetting) -> None:
    settings = HistorySettings(days=30)
    old = await task_that_changed(forgetting, b"old")
    advance(forgetting, 29.5)
    new = await task_that_changed(forgetting, b"new")
    await forgetting.once_a_day(settings)
    assert await forgetting.journal.task_ids() == {old, new}

    advance(forgetting, 0.9)
    await forgetting.once_a_day(settings)
    assert await forgetting.journal.task_ids() == {old, new}
    advance(forgetting, 0.1)
    await forgetting.once_a_day(settings)
    assert await forgetting.journal.task_ids() == {new}
    assert left(forgetting) == ({new}, {new}, 1)


async def test_what_there_is_no_room_for_goes_but_for_the_last_day(forgetting: Forgetting) -> None:
    megabytes = 9 << 20
    tasks = []
    for _ in range(3):
        tasks.append(await task_that_changed(forgetting, output=megabytes))
        advance(forgetting, 2)
    last = await task_that_changed(forgetting, output=megabytes)
    await forgetting.once_a_day(HistorySettings(most_mb=20))
    assert await forgetting.journal.task_ids() == {tasks[2], last}

    advance(forgetting, 0.5)
    newest = await task_that_changed(forgetting, output=megabytes * 4)
    advance(forgetting, 0.5)
    await forgetting.once_a_day(HistorySettings(most_mb=20))
    assert await forgetting.journal.task_ids() == {last, newest}


async def test_what_a_killed_process_left_goes_with_the_next_day(forgetting: Forgetting) -> None:
    kept = await task_that_changed(forgetting)
    (forgetting.directories.data / "artefacts" / "task-stray").mkdir()
    (forgetting.directories.cache / "scratch" / "task-stray" / "home").mkdir(parents=True)
    rest(forgetting)
    advance(forgetting, 2)

    await forgetting.once_a_day(HistorySettings())
    assert left(forgetting)[:2] == ({kept}, {kept})


async def test_older_ones_are_forgotten_when_the_user_says_so(forgetting: Forgetting) -> None:
    old = await task_that_changed(forgetting)
    advance(forgetting, 7)
    new = await task_that_changed(forgetting)

    assert await forgetting.older_than(7) == []
    advance(forgetting, 0.1)
    assert await forgetting.older_than(7) == [old]
    assert await forgetting.older_than(0) == [new]


async def test_a_journal_that_cannot_be_read_harms_nobody(
    forgetting: Forgetting, caplog: pytest.LogCaptureFixture
) -> None:
    await forgetting.journal.close()
    await forgetting.once_a_day(HistorySettings())

    assert "could not be forgotten" in caplog.text
