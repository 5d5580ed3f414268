"""The indexes of a window's workspace folders: started when there is a folder, told of changes, held still, asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pylot.app.client import Client
from pylot.app.index_progress import IndexProgress
from pylot.index.worker.client import IndexClient
from pylot.index.worker.launcher import connect_or_start, find_running, index_folder
from pylot.index.worker.messages import INDEX_WORKER, Wishes
from pylot.ipc.link import Link
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ConfigError, IndexWorkerError, IndexWorkerUnavailableError, PylotError
from pylot.storage.directories import Directories

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 30.0
# Between two keys the processor is not given away.
_RELEASE_SECONDS = 0.5
_STATUS_SECONDS = 2.0

InBackground = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class IndexKeeper:
    """One index for each outermost workspace folder; owned by one event loop.

    Workers start with `start`, or with the first question.
    """

    def __init__(self, directories: Directories, clock: Clock, client: Client) -> None:
        self._directories = directories
        self._clock = clock
        self._client = client
        self._wishes = Wishes()
        self._kept: dict[Path, _KeptIndex] = {}
        self._in_background: InBackground | None = None
        self._n_holding = 0
        self._releasing: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    def configure(self, folders: Sequence[Path], wishes: Wishes) -> None:
        """Take workspace folders and settings."""
        changed, self._wishes = wishes != self._wishes, wishes
        wanted = _outermost(folders) if wishes.index.enabled else []
        for root in [root for root in self._kept if root not in wanted]:
            self._let_go(self._kept.pop(root))
        for root in wanted:
            if root not in self._kept:
                self._kept[root] = self._new(root)
            elif changed:
                self._kept[root].configure(wishes)

    def start(self, in_background: InBackground) -> None:
        """Keep all indexes current from now on."""
        self._in_background = in_background
        for kept in self._kept.values():
            kept.begin(in_background)

    def file_changed(self, path: str) -> None:
        """Tell the worker whose folder a file or folder lies in that it was written, made, moved or deleted."""
        for kept in self._kept.values():
            kept.changed(path)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let the workers leave the processor to somebody who waits."""
        self._n_holding += 1
        if self._releasing is not None:
            self._releasing.cancel()
            self._releasing = None
        self._hold(on=True)
        try:
            yield
        finally:
            self._n_holding -= 1
            if not self._n_holding:
                self._releasing = asyncio.get_running_loop().call_later(_RELEASE_SECONDS, self._release)

    async def search(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers of all folders to a question, the best first; each hit has its `root`.

        Raises:
            PylotError: no folder's index can be asked, or the question makes no sense.
        """
        self._require_some()
        answers = await asyncio.gather(*(kept.search(query) for kept in self._kept.values()), return_exceptions=True)
        found = [answer for answer in answers if isinstance(answer, dict)]
        if not found:
            raise next(answer for answer in answers if isinstance(answer, BaseException))
        hits = sorted((hit for answer in found for hit in answer["hits"]), key=lambda hit: -float(hit["score"]))
        notes = list(dict.fromkeys(note for answer in found for note in answer.get("notes", ())))
        return {**found[0], "hits": hits, "notes": notes}

    async def status(self) -> list[dict[str, Any]]:
        """Return where each index stands, without starting a worker for it."""
        return [await kept.status() for kept in self._kept.values()]

    async def find_running(self) -> None:
        """Connect to the workers that run already, so that `status` tells of them."""
        for kept in self._kept.values():
            await kept.find_running()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the states of the first folder's index; raises IndexWorkerError when its worker is lost."""
        self._require_some()
        async for state in (await next(iter(self._kept.values())).client()).follow():
            yield state

    async def skipped(self, limit: int) -> list[tuple[str, str]]:
        """Return paths that are not indexed, or only in part, with the sentences that say why."""
        found = [await (await kept.client()).skipped(limit) for kept in self._kept.values()]
        return [one for some in found for one in some][:limit]

    async def rebuild(self) -> None:
        """Let every file be read again."""
        self._require_some()
        for kept in self._kept.values():
            await (await kept.client()).rebuild()

    async def pause(self, *, on: bool) -> None:
        """Stop all work on the indexes, or go on."""
        self._require_some()
        for kept in self._kept.values():
            await (await kept.client()).pause(on=on)

    async def close(self) -> None:
        """Let go of the workers."""
        if self._releasing is not None:
            self._releasing.cancel()
        await asyncio.gather(*(kept.close() for kept in self._kept.values()), *self._leaving, return_exceptions=True)

    def _require_some(self) -> None:
        if not self._wishes.index.enabled:
            raise ConfigError("The index is switched off by index.enabled.")
        if not self._kept:
            raise ConfigError("There is no workspace folder to search; a home folder as a whole is not indexed.")

    def _new(self, root: Path) -> _KeptIndex:
        kept = _KeptIndex(root, self._wishes, self._directories, self._clock, self._client)
        if self._in_background is not None:
            kept.begin(self._in_background)
        return kept

    def _let_go(self, kept: _KeptIndex) -> None:
        task = asyncio.get_running_loop().create_task(kept.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _release(self) -> None:
        self._releasing = None
        self._hold(on=False)

    def _hold(self, *, on: bool) -> None:
        for kept in self._kept.values():
            kept.hold(on=on)


class _KeptIndex:
    """One folder's index and the way to its worker."""

    def __init__(self, root: Path, wishes: Wishes, directories: Directories, clock: Clock, client: Client) -> None:
        self.root = root
        self._wishes = wishes
        self._directories = directories
        self._progress = IndexProgress(root.name, client)
        self._link = Link(INDEX_WORKER, self._connect, clock=clock, say=self._say)
        self._keeping: asyncio.Task[None] | None = None

    def begin(self, in_background: InBackground) -> None:
        """Keep the worker running, and show how far it is."""
        if self._keeping is None:
            self._keeping = in_background(self._keep())

    def configure(self, wishes: Wishes) -> None:
        """Take new settings."""
        self._wishes = wishes
        if (client := self._link.client) is not None:
            client.configure(wishes)

    def changed(self, path: str) -> None:
        """Tell of a change; a worker that starts later looks at everything anyway."""
        if (client := self._link.client) is not None:
            client.changed([path])

    def hold(self, *, on: bool) -> None:
        """Hold the worker still, or let it go on."""
        if (client := self._link.client) is not None:
            client.hold(on=on)

    async def client(self) -> IndexClient:
        """Return the connection, starting a worker if need be."""
        return await self._link.get()

    async def find_running(self) -> None:
        """Connect to the worker if there is one."""
        running = await find_running(self.root, self._directories.runtime)
        if running is not None:
            await running.close()
            await self._link.get()

    async def search(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the worker; one that is lost meanwhile is started again and asked once more."""
        try:
            answer = await (await self._link.get()).search(query)
        except IndexWorkerUnavailableError:
            answer = await (await self._link.get()).search(query)
        for hit in answer["hits"]:
            hit["root"] = str(self.root)
        return answer

    async def status(self) -> dict[str, Any]:
        """Return where the index stands; a worker that does not run or answer is said to do so."""
        facts: dict[str, Any] = {"root": str(self.root), "phase": "not running"}
        if (failure := self._link.failure) is not None:
            facts["notes"] = [failure.sentence]
        if (client := self._link.client) is not None:
            try:
                facts |= await asyncio.wait_for(client.status(), _STATUS_SECONDS)
            except (PylotError, TimeoutError):
                facts["phase"] = "not answering"
        elif not await asyncio.to_thread(index_folder(self.root, self._directories.data).exists):
            facts["phase"] = "not made yet"
        return facts

    async def close(self) -> None:
        """Let go of the worker."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._progress.end()
        await self._link.close()

    async def _keep(self) -> None:
        while True:
            try:
                async for state in (await self._link.get()).follow():
                    self._progress.show(state)
            except PylotError as error:
                _log.info("index worker lost: %s", error.sentence)
                self._progress.end()
                # A disk that is full or read-only now may not be so later.
                is_refused = not isinstance(error, IndexWorkerError)
                if is_refused or (self._link.client is None and self._link.failure is not None):
                    await asyncio.sleep(_RETRY_SECONDS)

    async def _connect(self) -> IndexClient:
        folders = self._directories.runtime, self._directories.log
        client = await connect_or_start(self.root, *folders, idle_seconds=self._wishes.index.idle_seconds)
        client.configure(self._wishes)
        return client

    def _say(self, sentence: str) -> None:
        """Keep the window quiet: an index that cannot be kept makes answers worse, and status says so."""
        _log.warning("%s", sentence)


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """Return the folders to index: none inside another, and no home folder or root of a disk as a whole."""
    resolved = list(dict.fromkeys(folder.resolve() for folder in folders))
    too_large = {Path.home().resolve(), Path(Path.home().anchor)}
    return [
        folder
        for folder in resolved
        if folder not in too_large and not any(other != folder and folder.is_relative_to(other) for other in resolved)
    ]
