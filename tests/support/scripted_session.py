"""A small real session that answers from a script, so that the language server can be tested without the rooms below.

What it does is chosen by the text of the cursor's line, the one thing that every client can set.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pylot.app.agents import Agents
from pylot.app.client import Client, FileProblem, Level, ProgressHandle
from pylot.app.code_actions import CodeActions
from pylot.app.commit_message import ProposedMessage
from pylot.app.file_edits import FileEdits
from pylot.app.notebooks import Notebooks
from pylot.app.visibility import Visibility
from pylot.app.workplace import Workplace
from pylot.completion.values import CompletionAnswer, CompletionRequest, Suggestion
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelFileError
from pylot.kernel.ids import IdSequence
from pylot.storage.directories import Directories, find_directories
from pylot.text.store import DocumentStore


class ScriptedSession:
    """Answer every line with `<line>!`, but for the endings that name something else.

    `#slow` waits until a newer request supersedes it, `#changed` until a document changes, `#busy` never lets go of the
    event loop.
    """

    def __init__(self, client: Client, *, client_debounces: bool) -> None:
        self.documents = DocumentStore(SystemClock())
        self.notebooks = Notebooks(self.documents)
        visible = Visibility(self.documents, self.notebooks, SystemClock())
        self.actions = CodeActions(visible, find_directories().cache, lambda work: asyncio.ensure_future(work))
        self.client = client
        self.seen: dict[str, object] = {"debounces": client_debounces, "calls": []}
        self._home = Path(tempfile.mkdtemp(prefix="pylot-scripted-"))
        self.agents = Agents(self._workplace())
        self._ids = IdSequence("suggestion")
        self._working: dict[str, asyncio.Future[None]] = {}
        self._progress: ProgressHandle | None = None
        self._changed = asyncio.Event()

    @property
    def popup_budget(self) -> float:
        return 0.05

    def _workplace(self) -> Workplace:
        """Return a place without a folder, where no agent can work."""
        home = self._home
        nothing: Any = None
        return Workplace(
            directories=Directories(home, home, home, home, home, home),
            clock=SystemClock(),
            models=nothing,
            documents=self.documents,
            configuration=nothing,
            folders=lambda: (),
            visible=nothing,
            search=self.search,
            say=lambda _: None,
        )

    def note(self, *call: object) -> None:
        calls = self.seen["calls"]
        assert isinstance(calls, list)
        calls.append(list(call))

    async def start(self) -> None:
        self.note("start")
        self.client.publish_status("Normal", "Ready.")

    async def close(self) -> None:
        self.note("close")
        await self.agents.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def set_folders(self, folders: Sequence[Path]) -> None:
        self.seen["folders"] = [it.as_posix() for it in folders]

    def set_editor_settings(self, settings: Mapping[str, object]) -> None:
        self.seen["settings"] = dict(settings)
        if "shout" in settings:
            self.client.show_message(Level.WARNING, "You asked for it.")
            self.client.publish_problems(Path("/home/pylot.toml"), [FileProblem(2, "No such key.")])
            self._progress = self.client.begin_progress("Working")
            self._progress.report("half", 50)
        elif self._progress is not None:
            self._progress.report("nearly", 90)
            self._progress.end("done")

    def document_opened(self, uri: str) -> None:
        self.note("opened", uri)

    def document_changed(self, uri: str) -> None:
        snapshot = self.documents.get(uri)
        self.note("changed", uri, snapshot is not None and snapshot.in_sync)
        self._changed.set()

    def file_changed(self, path: str) -> None:
        self.note("file_changed", path)

    def document_closed(self, uri: str) -> None:
        self.note("closed", uri)

    async def complete(self, request: CompletionRequest) -> CompletionAnswer:
        previous = self._working.pop(request.uri, None)
        if previous is not None and not previous.done():
            previous.set_result(None)
        line = request.prefix.splitlines()[-1] if request.prefix else ""
        self.note("complete", request.version, request.offset, request.trigger.value, request.indentation.tab_size)
        if line.endswith("#slow") and await self._is_superseded(request):
            return CompletionAnswer("trace-1", superseded=True)
        if line.endswith("#changed"):
            await self._changed.wait()
        return self._answer(request, line)

    async def _is_superseded(self, request: CompletionRequest) -> bool:
        """Wait until a newer request for the document comes, which supersedes this one."""
        waiting = asyncio.get_running_loop().create_future()
        self._working[request.uri] = waiting
        try:
            await waiting
        except asyncio.CancelledError:
            self.note("cancelled", request.version)
            raise
        return True

    def _answer(self, request: CompletionRequest, line: str) -> CompletionAnswer:
        if line.endswith("#nothing"):
            return CompletionAnswer("trace-1", reason="nothing to say")
        if line.endswith("#fail"):
            raise RuntimeError(request.text)
        if line.endswith("#callback"):
            asyncio.get_running_loop().call_soon(self._fail_in_callback, request)
        if line.endswith("#model"):
            raise ModelFileError("The model's file is damaged.", detail="magic")
        if line.endswith("#print"):
            print("from Python", flush=True)  # noqa: T201
            os.write(1, b"from a library\n")
        if line.endswith("#busy"):
            threading.Thread(target=time.sleep, args=(60,)).start()
            self.client.show_message(Level.INFO, "Busy.")
            while True:
                time.sleep(0.01)
        text = f"{line.strip()}!\n    next\n" if line.endswith("#lines") else f"{line.strip()}!"
        start = request.offset - len(line.lstrip())
        suggestion = Suggestion(self._ids.next(), text, start, request.offset, "script", 1.0)
        return CompletionAnswer("trace-1", (suggestion,))

    @staticmethod
    def _fail_in_callback(request: CompletionRequest) -> None:
        raise RecursionError(request.text)

    def shown(self, suggestion_id: str) -> None:
        self.note("shown", suggestion_id)

    def accepted(self, suggestion_id: str) -> None:
        self.note("accepted", suggestion_id)

    def partly_accepted(self, suggestion_id: str, n_characters: int) -> None:
        self.note("partly accepted", suggestion_id, n_characters)

    def dismissed(self, suggestion_id: str) -> None:
        self.note("dismissed", suggestion_id)

    def explain(self, limit: int = 10) -> dict[str, object]:
        return {"limit": limit}

    def expect_file_events(self) -> None:
        self.note("expects file events")

    async def commit_message(self, folder: Path | None = None) -> ProposedMessage:
        self.note("commit_message", folder)
        return ProposedMessage("Add a", 1)

    async def search(self, query: Mapping[str, object]) -> dict[str, Any]:
        self.note("search", dict(query))
        hit = {
            "root": "/work", "path": "a b.py", "startLine": 2, "endLine": 4, "symbol": "f", "kind": "function",
            "language": "python", "excerpt": "def f():", "reason": "The name f.", "score": 1.0,
        }  # fmt: skip
        return {"form": "prose", "hits": [hit], "notes": []}

    async def place_to_rename(self, uri: str, offset: int) -> tuple[int, int]:
        self.note("place to rename", uri, offset)
        return offset, offset

    async def rename(self, uri: str, offset: int, new_name: str) -> list[FileEdits]:
        self.note("rename", uri, offset, new_name)
        return []

    async def index_status(self) -> list[dict[str, Any]]:
        return [{"root": "/work", "phase": "current"}]

    async def rebuild_index(self) -> None:
        self.note("rebuild index")

    async def pause_index(self, *, on: bool) -> None:
        self.note("pause index", on)

    async def list_models(self) -> dict[str, object]:
        return {"local": []}

    async def use_model(self, name: str, role: str) -> dict[str, object]:
        self.note("use", name, role)
        return {"model": name, "role": role}

    async def status(self) -> dict[str, object]:
        texts = {it.uri: it.content.text for it in self.documents.all()}
        heavy = [it for it in ("numpy", "llama_cpp") if it in sys.modules]
        return {**self.seen, "texts": texts, "heavy": heavy, "collectable": len(gc.get_objects())}
