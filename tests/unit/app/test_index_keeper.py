"""A window's way to its indexes: which folders have one, and what becomes of a worker that does not work (issue 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pylot.app.index_keeper import IndexKeeper
from pylot.app.index_progress import IndexProgress
from pylot.index.settings import IndexSettings
from pylot.index.worker.messages import IndexState, Phase, Wishes, merged
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ConfigError, IndexWorkerCrashedError, IndexWorkerError, StorageError
from pylot.storage.directories import find_directories
from pylot.workspace.settings import WorkspaceSettings
from tests.support.recording_client import RecordingClient


def new_keeper(clock: ManualClock, client: RecordingClient) -> IndexKeeper:
    return IndexKeeper(find_directories(), clock, client)


@pytest.mark.parametrize(
    ("folders", "expected"),
    [(["a", "b"], ["a", "b"]), (["a", "a/b", "a"], ["a"]), (["a/b", "a"], ["a"]), (["."], []), ([], [])],
)
async def test_outermost_folders_have_an_index_and_a_home_folder_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: Sequence[str], expected: Sequence[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    keeper = new_keeper(ManualClock(), RecordingClient())
    keeper.configure([tmp_path / folder for folder in folders], Wishes())
    roots = [status["root"] for status in await keeper.status()]
    await keeper.close()

    assert roots == [str((tmp_path / name).resolve()) for name in expected]


@pytest.mark.parametrize(("enabled", "words"), [(False, "index.enabled"), (True, "no workspace folder")])
async def test_without_an_index_a_question_gets_a_sentence(enabled: bool, words: str) -> None:
    keeper = new_keeper(ManualClock(), RecordingClient())
    keeper.configure([], Wishes(index=IndexSettings(enabled=enabled)))
    with pytest.raises(ConfigError, match=words):
        await keeper.search({"text": "x"})


async def test_a_worker_that_always_crashes_is_given_up_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No crash loop, and no message: an index that cannot be kept is no reason to disturb anybody."""
    n_starts = 0

    async def crash(*_: object) -> None:
        nonlocal n_starts
        n_starts += 1
        raise IndexWorkerCrashedError("The index worker stopped while it was starting.")

    monkeypatch.setattr("pylot.ipc.launcher.start", crash)
    monkeypatch.setattr("pylot.ipc.link._BACKOFF_SECONDS", (0.0,))
    clock, client = ManualClock(), RecordingClient()
    keeper = new_keeper(clock, client)
    keeper.configure([tmp_path], Wishes())
    for _ in range(8):
        with pytest.raises(IndexWorkerError):
            await keeper.search({"text": "x"})
        clock.advance(31)
    [status] = await keeper.status()
    await keeper.close()

    assert n_starts < 8
    assert status["phase"] == "not made yet"
    assert client.sentences == []
    assert len(status["notes"]) == 1


async def test_a_worker_that_a_full_disk_refuses_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the worker says of its disk is no error of the worker's, and no reason to do without an index for good."""
    asked_again = asyncio.Event()
    n_starts = 0

    async def refuse(*_: object) -> None:
        nonlocal n_starts
        n_starts += 1
        if n_starts == 3:
            asked_again.set()
        raise StorageError("index.db cannot be written: database or disk is full.")

    monkeypatch.setattr("pylot.ipc.launcher.start", refuse)
    monkeypatch.setattr("pylot.app.index_keeper._RETRY_SECONDS", 0.0)
    # A failure is remembered for half a minute.
    monkeypatch.setattr("pylot.ipc.link._FAILURE_MEMORY_SECONDS", 0.0)
    keeper = new_keeper(ManualClock(), RecordingClient())
    keeper.start(asyncio.create_task)
    keeper.configure([tmp_path], Wishes())
    await asyncio.wait_for(asked_again.wait(), 30)
    await keeper.close()

    assert n_starts >= 3


def test_what_any_window_excludes_is_excluded_and_the_smallest_limits_hold() -> None:
    first = Wishes(workspace=WorkspaceSettings(exclude=("a", "b"), max_file_bytes=5000), tells_changes=True)
    second = Wishes(workspace=WorkspaceSettings(exclude=("b", "c")), index=IndexSettings(max_files=7, vectors=False))
    together = merged([first, second])

    assert together.workspace == WorkspaceSettings(exclude=("a", "b", "c"), max_file_bytes=5000)
    assert (together.index.max_files, together.index.vectors, together.tells_changes) == (7, False, False)
    assert merged([]) == Wishes()


class ProgressClient(RecordingClient):
    """Keep what the reports show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressClient:
        self.shown.append(f"begin {title}")
        return self

    def report(self, message: str, percent: int | None = None) -> None:
        self.shown.append(f"{percent} % {message}")

    def end(self, message: str = "") -> None:
        self.shown.append(f"end {message}")


def test_progress_is_shown_where_there_is_something_to_see() -> None:
    client = ProgressClient()
    progress = IndexProgress("work", client)
    states: list[tuple[Phase, int, int, float]] = [
        ("looking", 0, 0, 0.0), ("reading", 0, 2, 0.0), ("current", 0, 0, 0.0), ("reading", 10, 100, 50.0),
        ("reading", 99, 100, 51.5), ("embedding", 20, 100, 0.0), ("current", 0, 0, 0.0),
    ]  # fmt: skip
    for phase, done, total, speed in states:
        progress.show(IndexState(phase, done, total, speed, files=100).to_json())

    assert client.shown == [
        "begin Pylot: indexing work", "10 % 10 of 100 files, 50 files/s", "99 % 99 of 100 files, 52 files/s",
        "end 100 files are indexed.", "begin Pylot: preparing search by meaning in work", "20 % 20 of 100 files",
        "end 100 files are indexed.",
    ]  # fmt: skip
