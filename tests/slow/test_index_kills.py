"""A worker killed at any moment leaves an index that opens, without half files, and goes on where it was (issue 6)."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from pathlib import Path

import psutil
import pytest

from pylot.index.settings import IndexSettings
from pylot.index.worker.messages import Wishes
from tests.support.index_workspace import IndexWorkspace, settled

N_KILLS = int(os.environ.get("PYLOT_TEST_KILLS", "100"))
N_FILES = 150
CHECKED_EVERY = 5


@pytest.fixture
def workspace(own_home: Path, tmp_path: Path) -> IndexWorkspace:
    return IndexWorkspace(tmp_path / "work", Wishes(index=IndexSettings(vectors=False)))


def text_of(number: int, version: int) -> str:
    return "".join(f"def f{number}_{version}_{each}(a):\n    return a + {version}\n\n\n" for each in range(8))


async def wait_until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def test_kill_at_any_moment(workspace: IndexWorkspace) -> None:
    """Indexing, indexing again, removing and cleaning: no partial file, no failure to open, nothing left out."""
    chance = random.Random(6)
    versions = dict.fromkeys(range(N_FILES), 0)
    faults: list[str] = []
    for kill in range(N_KILLS):
        for number in chance.sample(range(N_FILES), 20 if kill else N_FILES):
            versions[number] += 1
            workspace.put(f"m{number % 7}/f{number}.py", text_of(number, versions[number]))
        if kill % 10 == 9:
            shutil.rmtree(workspace.root / f"m{kill % 7}")
        client = await workspace.connect(idle_seconds=60)
        if kill % 3 == 2:
            await client.rebuild()
        await asyncio.sleep(chance.uniform(0, 0.8))
        os.kill(client.pid, signal.SIGKILL)
        await wait_until_gone(client.pid)
        await client.close()
        if kill % CHECKED_EVERY == 0:
            faults += workspace.faults()
    client = await workspace.connect()
    state = await settled(client)
    await client.close()
    await wait_until_gone(client.pid)

    assert faults == []
    assert workspace.faults() == []
    assert state["skipped"] == {}
    assert state["files"] == len(list(workspace.root.rglob("*.py")))
