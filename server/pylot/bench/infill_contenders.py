"""llama-server's `/infill` as contenders: as llama.vscode uses it, and tuned by hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.bench.contender import Answer
from pylot.bench.infill import (
    AnswerMemory,
    InfillPlace,
    Ring,
    asks_at,
    held_place_at,
    place_after,
    place_at,
    plugin_body,
    ring_body,
    shown_text,
    tuned_body,
)
from pylot.bench.server_process import ServerProcess
from pylot.bench.traces import Keystroke, Trace

_WAIT_SECONDS = 0.15


class _InfillContender:
    """Stream one request to `/infill` and read its figures."""

    def __init__(self, name: str, server: ServerProcess, n_predict: int) -> None:
        self.name = name
        self.n_generated = 0
        self._server = server
        self._n_predict = n_predict
        self._memory = AnswerMemory()

    async def start(self) -> None:
        """Start the server."""
        await self._server.start()

    async def open(self, _trace: Trace) -> None:
        """Forget the answers of other files."""
        self._memory = AnswerMemory()

    def press(self, key: Keystroke) -> None:
        """Nothing: the server learns of a change with the next request."""

    async def settle(self) -> None:
        """Wait until the server has noticed that nobody listens any more."""
        await self._server.settle()

    async def process_ids(self) -> Sequence[int]:
        """The server."""
        return [self._server.pid]

    async def close(self) -> None:
        """Kill the server."""
        await self._server.close()

    async def _request(self, place: InfillPlace, body: Mapping[str, Any], began: float) -> Answer:
        text, first_ms, timings = "", None, dict[str, Any]()
        events = self._server.client.events("/infill", {**body, "stream": True, "timings_per_token": True})
        async with contextlib.aclosing(events) as stream:
            async for data in stream:
                event = json.loads(data)
                timings = event.get("timings") or timings
                if not event.get("stop"):
                    self.n_generated += 1
                    first_ms = first_ms or (time.monotonic() - began) * 1_000
                text += event.get("content", "")
        total_ms = (time.monotonic() - began) * 1_000
        decoded, generated = int(timings.get("prompt_n", 0)), int(timings.get("predicted_n", 0))
        shown = shown_text(text, place)
        self._memory.put(place, shown, generated)
        return Answer(
            text=shown,
            first_ms=first_ms or total_ms,
            total_ms=total_ms,
            prompt_tokens=decoded + int(timings.get("cache_n", 0)),
            decoded_tokens=decoded,
            generated_tokens=generated,
        )

    def _remembered(self, place: InfillPlace, began: float) -> Answer | None:
        """Return an earlier answer that agrees with what was typed since."""
        text, n_tokens = self._memory.find(place) or ("", 0)
        total_ms = (time.monotonic() - began) * 1_000
        return Answer(text, total_ms=total_ms, generated_tokens=n_tokens) if text else None


class TunedInfill(_InfillContender):
    """`/infill` with `--spm-infill`, one line at a time, given up when a key is pressed."""

    interrupts = True

    async def ask(self, key: Keystroke) -> Answer:
        """Ask unless an earlier answer agrees with what was typed."""
        began = time.monotonic()
        place = held_place_at(key.after, key.offset)
        if (known := self._remembered(place, began)) is not None:
            return known
        return await self._request(place, tuned_body(place, self._n_predict), began)


class PluginInfill(_InfillContender):
    """`/infill` as llama.vscode uses it: one request at a time, which is never given up, with its ring of chunks.

    Where it `looks_ahead`, it asks for what follows a suggestion as soon as that is shown, like the plugin does; while
    contenders take turns nobody accepts anything, and it would only take longer.
    """

    interrupts = False
    looks_ahead = False

    def __init__(self, name: str, server: ServerProcess, n_predict: int) -> None:
        super().__init__(name, server, n_predict)
        self._ring = Ring()
        self._file = ""
        self._unsaved: set[str] = set()
        self._latest: Keystroke | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._ahead: set[asyncio.Task[Answer]] = set()

    async def open(self, trace: Trace) -> None:
        """Enter a window with other files."""
        await super().open(trace)
        self._file = ""
        self._unsaved.clear()

    def press(self, key: Keystroke) -> None:
        """Take in the change; a file that the cursor enters may give a chunk."""
        if key.file != self._file:
            lines, line = key.after.split("\n"), key.after.count("\n", 0, key.offset)
            self._ring.entered(key.file, lines, line, unsaved=key.file in self._unsaved)
            self._file = key.file
        self._unsaved.add(key.file)

    async def ask(self, key: Keystroke) -> Answer:
        """Wait for the request under way, then ask, unless a newer key came meanwhile."""
        began = time.monotonic()
        self._latest = key
        while not self._idle.is_set():
            await asyncio.sleep(_WAIT_SECONDS)
            if self._latest is not key:
                return Answer(asked=False)
        place = place_at(key.after, key.offset)
        if not asks_at(place):
            return Answer(asked=False)
        if (known := self._remembered(place, began)) is not None:
            return known
        self._idle.clear()
        try:
            answer = await self._request(place, plugin_body(place, self._ring.chunks, self._n_predict), began)
        finally:
            self._idle.set()
        if answer.text:
            self._ring.asked(key.file, key.after.split("\n"), key.after.count("\n", 0, key.offset))
        # Editors cancel what a newer key has made pointless.
        if answer.text and self.looks_ahead and self._latest is key:
            after = place_after(place, answer.text)
            body = plugin_body(after, self._ring.chunks, self._n_predict)
            self._ahead.add(asyncio.create_task(self._request(after, body, time.monotonic())))
        return answer

    async def settle(self) -> None:
        """Between keys the other contenders are measured, which is the pause that the ring waits for."""
        await self._idle.wait()
        await asyncio.gather(*self._ahead, return_exceptions=True)
        self._ahead.clear()
        if self._ring.promote():
            await self._server.client.post("/infill", ring_body(self._ring.chunks))
        await super().settle()
