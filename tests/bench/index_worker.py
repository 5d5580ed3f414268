"""How soon an index is there, how it follows changes, and what it costs the editor meanwhile (issue 6)."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import chain
from pathlib import Path

import psutil

from pylot.index.settings import IndexSettings
from pylot.index.worker.client import IndexClient
from pylot.index.worker.messages import Wishes
from tests.support.editor import Editor, Home
from tests.support.index_workspace import IndexWorkspace
from tests.support.random_gguf import RandomModels
from tests.support.real_text import TYPED, real_text

Figures = dict[str, float]
_MIB = 1 << 20
_N_SAVES = 20
_N_KEYS = 100
_TOLD = IndexSettings(watch="never", idle_seconds=1.0)


def index_of_a_workspace(home: Home, _models: RandomModels, *, n_files: int = 1000) -> Figures:
    """Files of the standard library: all of them once, then again, then one by one, then two branches."""
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        root = Path(folder) / "work"
        copy_sources(root, n_files)
        return asyncio.run(_index(home, IndexWorkspace(root, Wishes(index=_TOLD))))


def index_beside_typing(home: Home, _models: RandomModels, *, n_files: int = 20_000) -> Figures:
    """The language server while a large workspace is indexed, and the same without an index."""
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        root = Path(folder) / "work"
        for number in range(n_files):
            path = root / f"d{number % 200}" / f"f{number}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"def function_{number}(a):\n    return a + {number}\n" * 3)
        for name, enabled in (("without an index", "false"), ("while it is made", "true")):
            home.configure(
                f"[engine]\nidle_seconds = 0.2\n[completion]\ndebounce_ms = 0\nworkspace_files = false\n"
                f"[index]\nenabled = {enabled}\nvectors = false\nidle_seconds = 1\n"
            )
            figures |= {f"{what}, {name}": value for what, value in _type(root).items()}
    return figures


async def _index(home: Home, workspace: IndexWorkspace) -> Figures:
    figures: Figures = {}
    client = await workspace.connect(idle_seconds=1.0)
    figures["files"] = len([path for path in workspace.root.rglob("*") if path.is_file()])
    figures["all found by their words after (s)"] = await seconds_until(
        client, lambda state: bool(state["searchable"]) and state["phase"] in ("embedding", "current")
    )
    figures["all found by meaning after (s)"] = await seconds_until(client, lambda state: state["phase"] == "current")
    figures["files looked at again, none changed (ms)"] = 1000 * await look_again(client, workspace)
    words, meaning = [], []
    for number in range(_N_SAVES):
        path = workspace.root / "saved.py"
        path.write_text(f"def unheard{number}of():\n    return {number}\n" * 3)
        began = time.monotonic()
        client.changed([str(path)])
        await _until(lambda n=number: _finds(client, f"unheard{n}of"))  # type: ignore[misc]
        words.append(time.monotonic() - began)
        await _until(lambda n=number: _means(client, f"unheard{n}of"))  # type: ignore[misc]
        meaning.append(time.monotonic() - began)
    figures["saved file found by its words, median (ms)"] = 1000 * statistics.median(words)
    figures["saved file found by its words, p95 (ms)"] = 1000 * sorted(words)[-2]
    figures["saved file found by meaning, median (ms)"] = 1000 * statistics.median(meaning)
    figures |= await _switch_branch(home, client, workspace)
    await client.close()
    return figures


async def _switch_branch(home: Home, client: IndexClient, workspace: IndexWorkspace) -> Figures:
    files = sorted(workspace.root.rglob("*.py"))[:200]
    before = {path: path.read_text(encoding="utf-8", errors="replace") for path in files}
    for path, text in before.items():
        path.write_text(f"# Another branch.\n{text}", encoding="utf-8")
    client.changed([str(path) for path in files])
    await seconds_until(client, lambda state: state["phase"] in ("reading", "embedding"))
    await seconds_until(client, lambda state: state["phase"] == "current")
    there = _count_embedded(home)
    began = time.monotonic()
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    client.changed([str(path) for path in files])
    await seconds_until(client, lambda state: state["phase"] in ("reading", "embedding"))
    await seconds_until(client, lambda state: state["phase"] == "current")
    return {
        "branch switch back: files": len(files),
        "branch switch back: texts embedded": _count_embedded(home) - there,
        "branch switch back (s)": time.monotonic() - began,
    }


async def look_again(client: IndexClient, workspace: IndexWorkspace) -> float:
    """Return how many seconds a pass takes that a changed ignore file asks for."""
    rules, word = workspace.root / ".gitignore", f"nothing{time.monotonic_ns()}"
    rules.write_text(f"{word}\n")
    began = time.monotonic()
    client.changed([str(rules)])
    await _until(lambda: _finds(client, word))
    await seconds_until(client, lambda state: state["phase"] == "current")
    return time.monotonic() - began


async def seconds_until(client: IndexClient, is_reached: Callable[[dict[str, object]], bool]) -> float:
    """Return how many seconds it takes until a state is reached."""
    began = time.monotonic()
    async for state in client.follow():
        if is_reached(state):
            return time.monotonic() - began
    raise RuntimeError("the worker was lost")


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    while not await is_so():
        await asyncio.sleep(0.005)


async def _finds(client: IndexClient, name: str) -> bool:
    return bool((await client.search({"text": name, "paths": ["saved.py", ".gitignore"]}))["hits"])


async def _means(client: IndexClient, name: str) -> bool:
    question = {"text": f"which function returns the number of {name} things", "paths": ["saved.py"]}
    hits = (await client.search(question))["hits"]
    return any(hit["symbol"] == name and "similar meaning" in hit["reason"] for hit in hits)


def _count_embedded(home: Home) -> int:
    """Return how many texts have ever been embedded here, by the rows of the cache."""
    connection = sqlite3.connect(home.folder / "cache" / "embeddings.db")
    try:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
    finally:
        connection.close()


def _type(root: Path) -> Figures:
    delays, memory = [], 0.0
    with Editor() as editor:
        editor.start(workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
        editor.show((root / "typed.py").as_uri(), real_text(400) + "\n‸")
        editor.load_model()
        server = psutil.Process(editor.process.pid)
        for letter in (TYPED * (1 + _N_KEYS // len(TYPED)))[:_N_KEYS]:
            editor.type(letter)
            began = time.monotonic()
            editor.ghost_texts()
            delays.append((time.monotonic() - began) * 1000)
            memory = max(memory, server.memory_info().rss / _MIB)
        editor.leave()
    return {
        "ghost text, p50 (ms)": statistics.median(delays),
        "ghost text, p95 (ms)": sorted(delays)[int(0.95 * len(delays))],
        "memory of the language server (MiB)": memory,
    }


def copy_sources(root: Path, n_files: int) -> None:
    """Copy files of the interpreter's own library into fifty folders; where it has too few, of its packages too."""
    library, packages = (Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib"))
    own = (path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts)
    for number, path in zip(range(n_files), chain(own, sorted(packages.rglob("*.py"))), strict=False):
        target = root / f"p{number % 50}" / f"{number}_{path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
