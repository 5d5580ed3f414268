"""One worker for each workspace: shared, kept within reach, left by the last, and never in anyone's way (issue 6)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from pylot.app.index_keeper import IndexKeeper
from pylot.index.settings import IndexSettings
from pylot.index.worker.client import IndexClient
from pylot.index.worker.launcher import endpoint_for
from pylot.index.worker.messages import Wishes
from pylot.index.worker.query import read_query
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ConfigError, IndexWorkerError
from pylot.storage.lock import hold_lock
from pylot.workspace.settings import WorkspaceSettings
from tests.support.index_workspace import IndexWorkspace, settled
from tests.support.recording_client import RecordingClient

CODE = "def {0}():\n    pass\n"
NAMES = ("apple", "banana", "cherry", "date", "elderberry")
NONSENSE: list[dict[str, object]] = [
    {"op": "search"}, {"op": "search", "query": 5}, {"op": "search", "query": {"text": ""}}, {"op": "nonsense"},
    {"op": "changed", "paths": 5}, {"op": "changed", "paths": ["\0", ""]}, {"op": "skipped"}, {"op": "hold"},
    {"op": "configure", "wishes": {"nonsense": 1}}, {"op": "cancel"},
]  # fmt: skip
QUICK = Wishes(index=IndexSettings(vectors=False, watch="never", idle_seconds=0.1))


@pytest.fixture
def workspace(own_home: Path, tmp_path: Path) -> IndexWorkspace:
    made = IndexWorkspace(tmp_path / "work", QUICK)
    for name in NAMES:
        made.put(f"{name[0]}.py", CODE.format(name))
    return made


@pytest.fixture
async def clients() -> AsyncIterator[list[IndexClient]]:
    opened: list[IndexClient] = []
    yield opened
    for client in opened:
        await client.close()
    for pid in {client.pid for client in opened}:
        await gone(pid)


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def found(client: IndexClient, text: str) -> list[str]:
    return [hit["path"] for hit in (await client.search({"text": text}))["hits"]]


async def until(client: IndexClient, text: str, is_right: Callable[[list[str]], bool]) -> None:
    """Wait until a search finds what it should."""
    async with asyncio.timeout(30):
        while not is_right(await found(client, text)):
            await asyncio.sleep(0.01)


async def answered(keeper: IndexKeeper, text: str) -> list[str]:
    """Return what a question finds, as soon as it finds anything."""
    async with asyncio.timeout(60):
        while not (hits := (await keeper.search({"text": text}))["hits"]):
            await asyncio.sleep(0.01)
    return [hit["path"] for hit in hits]


async def test_windows_share_one_worker_that_leaves_after_them(
    workspace: IndexWorkspace, clients: list[IndexClient]
) -> None:
    clients += await asyncio.gather(*(workspace.connect() for _ in range(3)))
    state = await settled(clients[0])
    answers = [await found(client, "date") for client in clients]

    assert len({client.pid for client in clients}) == 1
    assert (state["files"], state["searchable"]) == (5, 5)
    assert answers == [["d.py"]] * 3


async def test_the_index_follows_what_it_is_told(workspace: IndexWorkspace, clients: list[IndexClient]) -> None:
    client = await workspace.connect()
    clients.append(client)
    await settled(client)
    workspace.put("d.py", CODE.format("zucchini"))
    client.changed([str(workspace.root / "d.py")])
    await until(client, "zucchini", lambda paths: paths[:1] == ["d.py"])
    (workspace.root / "d.py").rename(workspace.root / "moved.py")
    client.changed([str(workspace.root / "d.py"), str(workspace.root / "moved.py")])
    await until(client, "zucchini", lambda paths: paths[:1] == ["moved.py"])
    (workspace.root / "moved.py").unlink()
    client.changed([str(workspace.root / "moved.py")])
    await until(client, "zucchini", lambda paths: "moved.py" not in paths)


async def test_without_events_the_worker_looks_for_itself(
    workspace: IndexWorkspace, clients: list[IndexClient]
) -> None:
    workspace.wishes = Wishes(index=IndexSettings(vectors=False, idle_seconds=0.1))
    client = await workspace.connect()
    clients.append(client)
    await settled(client)
    workspace.put("new.py", CODE.format("zucchini"))
    await until(client, "zucchini", lambda paths: paths[:1] == ["new.py"])


async def test_what_one_window_excludes_is_out_of_the_index_of_all(
    workspace: IndexWorkspace, clients: list[IndexClient]
) -> None:
    first = await workspace.connect()
    clients.append(first)
    await settled(first)
    workspace.wishes = QUICK.model_copy(update={"workspace": WorkspaceSettings(exclude=("d.py",))})
    clients.append(await workspace.connect())
    await until(first, "date", lambda paths: "d.py" not in paths)
    skipped = await first.skipped(10)

    assert skipped == [("d.py", "The file is excluded by workspace.exclude.")]


async def test_a_paused_index_rests_and_catches_up(workspace: IndexWorkspace, clients: list[IndexClient]) -> None:
    client = await workspace.connect()
    clients.append(client)
    await settled(client)
    await client.pause(on=True)
    workspace.put("later.py", CODE.format("zucchini"))
    client.changed([str(workspace.root / "later.py")])
    paused = await found(client, "zucchini"), (await client.status())["phase"]
    await client.pause(on=False)
    await until(client, "zucchini", lambda paths: paths[:1] == ["later.py"])

    assert paused == ([], "paused")


async def test_a_killed_worker_is_replaced_for_both_windows(workspace: IndexWorkspace, own_home: Path) -> None:
    """No row is lost, and each window hears of it through no message."""
    windows = [RecordingClient(), RecordingClient()]
    keepers = [IndexKeeper(workspace.directories, SystemClock(), window) for window in windows]
    tasks: list[asyncio.Task[None]] = []

    def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    for keeper in keepers:
        keeper.configure([workspace.root], QUICK)
        keeper.start(in_background)
    before = [await answered(keeper, "date") for keeper in keepers]
    [old] = {status["pid"] for keeper in keepers for status in await keeper.status()}
    workspace.put("meanwhile.py", CODE.format("zucchini"))
    os.kill(old, signal.SIGKILL)
    await gone(old)
    found_later = await answered(keepers[0], "zucchini")
    after = [await answered(keeper, "date") for keeper in keepers]
    pids = {status["pid"] for keeper in keepers for status in await keeper.status()}
    for keeper in keepers:
        await keeper.close()
    await gone(next(iter(pids)))

    assert (before, found_later, after) == ([["d.py"]] * 2, ["meanwhile.py"], [["d.py"]] * 2)
    assert len(pids) == 1
    assert old not in pids
    assert [window.sentences for window in windows] == [[], []]


async def test_a_deleted_index_is_made_again(workspace: IndexWorkspace, clients: list[IndexClient]) -> None:
    first = await workspace.connect()
    await settled(first)
    folder = Path(str((await first.status())["folder"]))
    await first.close()
    await gone(first.pid)
    shutil.rmtree(folder / "chunks")
    clients.append(await workspace.connect())
    await until(clients[0], "date", lambda paths: paths == ["d.py"])
    await settled(clients[0])

    assert workspace.root.is_dir()


async def test_a_second_writer_is_refused_with_a_sentence(
    workspace: IndexWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version of Pylot would be, whose worker has another address."""
    first = await workspace.connect()
    folder = Path(str((await first.status())["folder"]))
    await first.close()
    await gone(first.pid)
    with hold_lock(folder / "writer.lock", 5), pytest.raises(IndexWorkerError, match="Another version of Pylot"):
        await workspace.connect()


async def test_nonsense_on_the_socket_harms_nobody(workspace: IndexWorkspace, clients: list[IndexClient]) -> None:
    client = await workspace.connect()
    clients.append(client)
    for message in NONSENSE:
        client.send({**message, "id": "x"})
    await settled(client)

    assert await found(client, "date") == ["d.py"]


@pytest.mark.parametrize("query", [{}, {"text": ""}, {"text": "x", "limit": 0}, {"text": "x", "nonsense": 1}])
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(query: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="The question cannot be used: "):
        read_query(query)


async def test_only_the_user_may_enter_the_index(workspace: IndexWorkspace, clients: list[IndexClient]) -> None:
    """It holds the workspace's text (P4)."""
    clients.append(await workspace.connect())
    folder = Path(str((await clients[0].status())["folder"]))
    socket = endpoint_for(workspace.root, workspace.directories.runtime).socket_path

    assert folder.stat().st_mode & 0o777 == 0o700
    assert socket.stat().st_mode & 0o777 == 0o600
