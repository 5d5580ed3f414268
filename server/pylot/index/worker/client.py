"""A client's side of an index worker: ask it, tell it of changes, hold it still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from pylot.index.worker.messages import Wishes
from pylot.ipc.client import Client
from pylot.ipc.frames import Message

# A frame with so many paths is some hundred kilobytes long.
_PATHS_AT_ONCE = 1000


class IndexClient(Client):
    """One open connection to the worker of one workspace.

    What is asked raises IndexWorkerError; what is only told does not fail, and is lost when the worker is.
    """

    def configure(self, wishes: Wishes) -> None:
        """Tell the client's settings; what it excludes is taken out of the index."""
        self._say({"op": "configure", "wishes": wishes.model_dump(mode="json")})

    def changed(self, paths: Iterable[str]) -> None:
        """Tell of files or folders that were written, made, moved or deleted."""
        waiting = list(paths)
        for start in range(0, len(waiting), _PATHS_AT_ONCE):
            self._say({"op": "changed", "paths": waiting[start : start + _PATHS_AT_ONCE]})

    def hold(self, *, on: bool) -> None:
        """Keep the processor free for somebody who waits, or let the work go on; it goes on by itself after a while."""
        self._say({"op": "hold", "on": on})

    async def search(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return `{hits, form, notes}` of a question as `search_request` reads it."""
        return await self._result({"op": "search", "query": dict(query)})

    async def status(self) -> dict[str, Any]:
        """Return where the index stands (`IndexState`), with `clients`, `pid`, `folder` and `bytes`."""
        return await self._result({"op": "status"})

    async def skipped(self, limit: int) -> Sequence[tuple[str, str]]:
        """Return paths that are not in the index or only in part, with the sentences that say why."""
        result = await self._result({"op": "skipped", "limit": limit})
        return [(str(path), str(sentence)) for path, sentence in result["skipped"]]

    async def rebuild(self) -> None:
        """Let every file be read again."""
        await self.ask({"op": "rebuild"})

    async def pause(self, *, on: bool) -> None:
        """Stop working until somebody says that it may go on."""
        await self.ask({"op": "pause" if on else "resume"})

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield where the index stands, now and whenever that changes, a few times a second at most."""
        async for event in self.stream({"op": "follow"}):
            yield event["state"]

    def _say(self, message: Message) -> None:
        if not self.is_lost:
            self.send(message)

    async def _result(self, request: Message) -> dict[str, Any]:
        result: dict[str, Any] = (await self.ask(request))["result"]
        return result
