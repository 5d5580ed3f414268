"""Serve the index worker's socket: pass on what clients tell and ask, and say where the index stands."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from pylot.index.catalogue import Catalogue
from pylot.index.opening import OpenedIndex
from pylot.index.reasons import sentence_of
from pylot.index.worker.messages import INDEX_WORKER, Wishes, merged
from pylot.index.worker.questions import Questions
from pylot.index.worker.role_embedder import EmbedderKeeper
from pylot.index.worker.work import IndexWork
from pylot.ipc.connection import Connection
from pylot.ipc.frames import Message
from pylot.ipc.service import Handler, Service
from pylot.kernel.clock import SystemClock
from pylot.kernel.stories import story
from pylot.storage.directories import Directories

_log = logging.getLogger(__name__)
_MOST_SKIPPED = 10_000


class IndexConnection(Connection):
    """One client: its settings, the requests that follow the state, and the searches under way."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(INDEX_WORKER, writer)
        self.wishes: Wishes | None = None
        self.following: set[str] = set()
        self.working: dict[str, asyncio.Task[None]] = {}


class IndexService(Service[IndexConnection]):
    """Answer any number of clients about one workspace."""

    def __init__(
        self, root: Path, index: OpenedIndex, directories: Directories, *, token: str, idle_seconds: float
    ) -> None:
        super().__init__(INDEX_WORKER, token=token, idle_seconds=idle_seconds)
        self._index = index
        self._clock = SystemClock()
        self._connections: list[IndexConnection] = []
        self._loop = asyncio.get_running_loop()
        self._work = IndexWork(root, index, clock=self._clock, published=self._published, ended=self._ended)
        self._questions = Questions(index)
        self._embedder = EmbedderKeeper(directories, self._clock, self._work.use_embedder)

    def _begin(self) -> None:
        self._work.start()

    async def _end(self) -> None:
        await self._embedder.close()
        self._questions.close()
        await asyncio.to_thread(self._work.stop)

    def _connection(self, writer: asyncio.StreamWriter) -> IndexConnection:
        return IndexConnection(writer)

    def _handlers(self) -> Mapping[str, Handler[IndexConnection]]:
        return {
            "configure": self._configure,
            "changed": self._take_changes,
            "hold": self._hold,
            "search": self._search,
            "status": self._status,
            "skipped": self._skipped,
            "rebuild": self._rebuild,
            "pause": self._pause,
            "resume": self._resume,
            "follow": self._follow,
            "cancel": self._cancel,
        }

    def _client_gone(self, connection: IndexConnection) -> None:
        self._work.hold(id(connection), on=False)
        for task in list(connection.working.values()):
            task.cancel()
        if connection in self._connections:
            self._connections.remove(connection)
            # What the last one excluded stays out, because nobody has allowed it since.
            if self._connections:
                self._apply()

    def _configure(self, message: Message, connection: IndexConnection, _request_id: str) -> None:
        connection.wishes = Wishes.model_validate(message["wishes"])
        if connection in self._connections:
            self._connections.remove(connection)
        self._connections.append(connection)
        self._apply()

    def _apply(self) -> None:
        wishes = merged([one.wishes for one in self._connections if one.wishes is not None])
        self._work.configure(wishes)
        self._embedder.configure(wishes)

    def _take_changes(self, message: Message, _connection: IndexConnection, _request_id: str) -> None:
        self._work.take_changes([str(path) for path in message["paths"]])

    def _hold(self, message: Message, connection: IndexConnection, _request_id: str) -> None:
        self._work.hold(id(connection), on=bool(message["on"]))

    def _search(self, message: Message, connection: IndexConnection, request_id: str) -> None:
        self._answer(connection, request_id, self._find(message["query"]))

    def _status(self, _message: Message, connection: IndexConnection, request_id: str) -> None:
        self._answer(connection, request_id, self._full_status())

    def _skipped(self, message: Message, connection: IndexConnection, request_id: str) -> None:
        limit = min(int(message["limit"]), _MOST_SKIPPED)
        self._answer(connection, request_id, self._list_skipped(limit))

    def _rebuild(self, _message: Message, connection: IndexConnection, request_id: str) -> None:
        self._work.rebuild()
        connection.send({"id": request_id, "done": "stop"})

    def _pause(self, _message: Message, connection: IndexConnection, request_id: str) -> None:
        self._work.pause(on=True)
        connection.send({"id": request_id, "done": "stop"})

    def _resume(self, _message: Message, connection: IndexConnection, request_id: str) -> None:
        self._work.pause(on=False)
        connection.send({"id": request_id, "done": "stop"})

    def _follow(self, _message: Message, connection: IndexConnection, request_id: str) -> None:
        connection.following.add(request_id)
        connection.send({"id": request_id, "state": self._work.state.to_json()})

    def _cancel(self, message: Message, connection: IndexConnection, _request_id: str) -> None:
        target = str(message.get("target", ""))
        connection.following.discard(target)
        if (task := connection.working.get(target)) is not None:
            task.cancel()

    async def _find(self, query: Mapping[str, Any]) -> Message:
        state = self._work.state
        embedder = await self._embedder.for_questions(state.complete_model)
        answer = await self._questions.search(query, embedder)
        if state.phase in ("looking", "reading") and state.total:
            answer["notes"].append(f"The workspace is still being read: {state.done:,} of {state.total:,} files.")
        if embedder is not None and state.embedded < state.searchable:
            answer["notes"].append(
                f"By their meaning {state.embedded:,} of {state.searchable:,} files can be found so far."
            )
        return answer

    async def _full_status(self) -> Message:
        n_bytes = await asyncio.to_thread(_size_of, self._index.folder)
        facts = {"clients": self._n_clients, "pid": os.getpid(), "folder": str(self._index.folder), "bytes": n_bytes}
        return {**self._work.state.to_json(), **facts}

    async def _list_skipped(self, limit: int) -> Message:
        rows = await self._questions.run(lambda: Catalogue(self._index.reading).skipped(limit))
        return {"skipped": [(path, sentence_of(reason)) for path, reason in rows]}

    def _answer(self, connection: IndexConnection, request_id: str, work: Coroutine[Any, Any, Message]) -> None:
        """Answer once the work is done; other commands do not wait for it."""

        def answered(task: asyncio.Task[Message]) -> None:
            connection.working.pop(request_id, None)
            if task.cancelled():
                connection.send({"id": request_id, "done": "cancelled"})
            elif (error := task.exception()) is not None:
                _log.warning("not answered: %s", story(error))
                connection.refuse(request_id, error)
            else:
                connection.answer(request_id, {"done": "stop", "result": task.result()})

        task = asyncio.create_task(work)
        connection.working[request_id] = task  # type: ignore[assignment]
        task.add_done_callback(answered)

    def _published(self) -> None:
        self._loop.call_soon_threadsafe(self._tell_state)

    def _ended(self) -> None:
        """Leave when the index cannot be kept; clients start a worker again, with pauses."""
        self._loop.call_soon_threadsafe(self.stop)

    def _tell_state(self) -> None:
        state = self._work.state.to_json()
        for connection in self._connections:
            for request_id in connection.following if not connection.is_congested else ():
                connection.send({"id": request_id, "state": state})


def _size_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total
