"""The commands that save, look up and restore states; files are read and written beside the event loop."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine

from pylot.engine.decoder import Decoder
from pylot.engine.jobs import Emit, Priority, RestoreJob, SaveJob
from pylot.engine.messages import pieces_from_json
from pylot.engine.saved_states import SavedState, SavedStates
from pylot.ipc.connection import Connection
from pylot.ipc.frames import Message


class StateDesk:
    """Answer commands about states; without `states` nothing is kept and nothing found.

    A state is saved even if whoever asked for it has gone meanwhile.
    What is restored is the state whose note was looked up last, so that it is the one that somebody has agreed to.
    """

    def __init__(self, decoder: Decoder, states: SavedStates | None) -> None:
        self._decoder = decoder
        self._states = states
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked_up: tuple[str, SavedState] | None = None

    @property
    def handlers(self) -> dict[str, Callable[[Message, Connection, str], None]]:
        """The commands by name."""
        return {"save": self._save, "note": self._note, "restore": self._restore, "forget": self._forget}

    async def finish(self) -> None:
        """Wait until what is being written is written."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _save(self, message: Message, connection: Connection, request_id: str) -> None:
        key, states = str(message["key"]), self._states
        if states is None:
            connection.send({"id": request_id, "done": "stop", "bytes": 0})
            return

        def taken(event: Message) -> None:
            state = event.get("state")

            def write() -> Message:
                return {"done": event["done"], "bytes": states.write(key, state) if state else 0}

            self._begin(self._answer(connection, request_id, write))

        prompt, note = pieces_from_json(message["prompt"]), str(message["note"])
        self._decoder.submit(SaveJob(self._job_id(), Priority.INDEX, _on_loop(taken), prompt=prompt, note=note))

    def _note(self, message: Message, connection: Connection, request_id: str) -> None:
        key, states = str(message["key"]), self._states

        def look_up() -> Message:
            state = states.read(key) if states else None
            self._looked_up = (key, state) if state else None
            return {"done": "stop", "note": state.note if state else ""}

        self._begin(self._answer(connection, request_id, look_up))

    def _restore(self, message: Message, connection: Connection, request_id: str) -> None:
        looked_up, self._looked_up = self._looked_up, None
        if looked_up is None or looked_up[0] != str(message["key"]):
            connection.send({"id": request_id, "done": "stop", "tokens": 0})
            return

        def restored(event: Message) -> None:
            connection.send({"id": request_id, "done": event["done"], "tokens": event.get("tokens", 0)})

        # It takes a moment, and whoever waits for a suggestion may wait for it.
        self._decoder.submit(RestoreJob(self._job_id(), Priority.COMPLETION, _on_loop(restored), state=looked_up[1]))

    def _forget(self, message: Message, connection: Connection, request_id: str) -> None:
        key, states = str(message["key"]), self._states
        self._looked_up = None

        def forget() -> Message:
            if states is not None:
                states.forget(key)
            return {"done": "stop"}

        self._begin(self._answer(connection, request_id, forget))

    @staticmethod
    async def _answer(connection: Connection, request_id: str, work: Callable[[], Message]) -> None:
        connection.send({"id": request_id, **await asyncio.to_thread(work)})

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _job_id(self) -> str:
        return f"state-{next(self._numbers)}"


def _on_loop(take: Callable[[Message], None]) -> Emit:
    loop = asyncio.get_running_loop()

    def emit(event: Message) -> None:
        loop.call_soon_threadsafe(take, event)

    return emit
