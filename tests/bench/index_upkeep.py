"""What an index costs that is there already: looking at it again, another worker for a killed one, a save (issue 6)."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import psutil

from pylot.app.index_keeper import IndexKeeper
from pylot.index.settings import IndexSettings
from pylot.index.worker.messages import Wishes
from pylot.kernel.clock import SystemClock
from tests.bench.index_worker import copy_sources, look_again, seconds_until
from tests.support.editor import Editor, Home
from tests.support.index_workspace import IndexWorkspace
from tests.support.random_gguf import RandomModels
from tests.support.recording_client import RecordingClient

Figures = dict[str, float]
_N_LOOKS, _N_KILLS, _N_SAVES = 5, 3, 20
_BETWEEN_SAVES = 0.4
_WORDS_ONLY = Wishes(index=IndexSettings(vectors=False, watch="never", idle_seconds=1.0))


def index_upkeep(home: Home, _models: RandomModels, *, n_files: int = 2000) -> Figures:
    """Files that do not change, two windows whose worker is killed, and saves; by words alone."""
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        workspace = IndexWorkspace(Path(folder) / "work", _WORDS_ONLY)
        copy_sources(workspace.root, n_files)
        figures = asyncio.run(_upkeep(workspace))
        home.configure("[index]\nvectors = false\nidle_seconds = 1\n[completion]\nworkspace_files = false\n")
        return {**figures, "processor time of the language server for a save (ms)": _save(workspace.root)}


async def _upkeep(workspace: IndexWorkspace) -> Figures:
    client = await workspace.connect(idle_seconds=30.0)
    await seconds_until(client, _is_current)
    files = int((await client.status())["searchable"])
    looks = [await look_again(client, workspace) for _ in range(_N_LOOKS)]
    takeovers = [await _takeover(workspace, number) for number in range(_N_KILLS)]
    after = await workspace.connect(idle_seconds=1.0)
    await seconds_until(after, _is_current)
    kept = int((await after.status())["searchable"])
    await client.close()
    await after.close()
    return {
        "files": files,
        "files looked at again, none changed, median (ms)": 1000 * statistics.median(looks),
        "worker killed: found again by both windows, most (s)": max(takeovers),
        # One file was written while no worker was there, by each kill, and one says what is ignored.
        "files lost by kills": files + 1 + _N_KILLS - kept,
    }


async def _takeover(workspace: IndexWorkspace, number: int) -> float:
    """Kill the worker of two windows; return the seconds until both find what was written just before."""
    keepers = [IndexKeeper(workspace.directories, SystemClock(), RecordingClient()) for _ in range(2)]
    tasks: list[asyncio.Task[None]] = []

    def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    for keeper in keepers:
        keeper.configure([workspace.root], workspace.wishes)
        keeper.start(in_background)
    for keeper in keepers:
        await _answered(keeper, "import")
    [worker] = {int(status["pid"]) for keeper in keepers for status in await keeper.status()}
    workspace.put(f"meanwhile{number}.py", f"def meanwhile{number}of():\n    return {number}\n")
    began = time.monotonic()
    os.kill(worker, signal.SIGKILL)
    for keeper in keepers:
        await _answered(keeper, f"meanwhile{number}of")
    seconds = time.monotonic() - began
    for keeper in keepers:
        await keeper.close()
    return seconds


async def _answered(keeper: IndexKeeper, text: str) -> None:
    while not (await keeper.search({"text": text}))["hits"]:
        await asyncio.sleep(0.005)


def _save(root: Path) -> float:
    """Return the milliseconds that the language server computes for a save of a file that it has open."""
    with Editor() as editor:
        editor.start(workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
        path = root / "saved.py"
        path.write_text("", encoding="utf-8")
        editor.show(path.as_uri(), "")
        _find(editor, "import")
        server = psutil.Process(editor.process.pid)
        began = _processor_ms(server)
        for number in range(_N_SAVES):
            path.write_text(f"def saved{number}of():\n    return {number}\n", encoding="utf-8")
            editor.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})
            # Asking whether it is found would cost the server more than the save.
            time.sleep(_BETWEEN_SAVES)
        spent = (_processor_ms(server) - began) / _N_SAVES
        _find(editor, f"saved{_N_SAVES - 1}of")
        editor.leave()
    return spent


def _find(editor: Editor, text: str) -> None:
    """Wait until the index finds something."""
    while not editor.command("pylot.search", {"text": text})["hits"]:
        time.sleep(0.05)


def _processor_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return 1000 * float(times.user + times.system)


def _is_current(state: dict[str, object]) -> bool:
    return bool(state["searchable"]) and state["phase"] == "current"
