"""Keep what the model has read of each document when nobody types in it, and bring it back when it is opened again.

The state of a prompt only helps a prompt that begins with the same tokens, so the prompt's plan is saved with it.
Before the plan is used again, each file that it quotes is asked back through the exclusion gate and must still say
what the plan quotes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from pylot.completion.copy_texts import copy_texts
from pylot.completion.environment import Environment
from pylot.completion.plan import PromptPlan
from pylot.completion.planner import Planner
from pylot.completion.saved_plan import from_note, to_note
from pylot.completion.values import CompletionRequest
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError
from pylot.models.saved_states import SavedStates
from pylot.models.values import FimPrompt

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 30.0
_CLOSING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where states are kept, and what may be: `allows` tells of a document whether it may be looked at.

    `text_now` returns the text of another file as it is now, None where the exclusion gate refuses it.
    """

    states: SavedStates
    allows: Callable[[str], bool]
    text_now: Callable[[str], Awaitable[str | None]]


@dataclass(slots=True)
class _Place:
    """A plan, since when it has been the last one, and whether it was saved."""

    plan: PromptPlan
    since: float
    is_saved: bool = False


class SavedPlaces:
    """Save and restore the places of all documents; `keeping` is None where nothing is to be kept."""

    def __init__(self, planner: Planner, clock: Clock) -> None:
        self._planner = planner
        self._clock = clock
        self._places: dict[str, _Place] = {}
        self._restoring: dict[str, tuple[object, asyncio.Task[bool]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.keeping: Keeping | None = None

    async def restore(self, request: CompletionRequest, environment: Environment, model: str) -> bool:
        """Bring back what was saved of a document, once per start of the engine; false where that was not possible.

        Whoever asks meanwhile waits for it.
        """
        keeping = self.keeping
        connection = keeping.states.connection if keeping else None
        if keeping is None or connection is None or not request.uri.startswith("file:"):
            return False
        known = self._restoring.get(request.uri)
        if known is None or known[0] is not connection:
            task = self._begin(self._restore(request, environment, model, keeping))
            known = self._restoring[request.uri] = (connection, task)
        return await asyncio.shield(known[1])

    def tick(self) -> None:
        """Save the places where nothing has happened for a while; call it every few seconds."""
        if self.keeping is None:
            return
        now = self._clock.monotonic()
        for uri, plan in self._planner.read_plans().items():
            place = self._places.get(uri)
            if place is None or place.plan is not plan:
                is_saved = place is not None and place.is_saved and _fixed(place.plan) == _fixed(plan)
                self._places[uri] = _Place(plan, now, is_saved)
            elif now - place.since >= _IDLE_SECONDS:
                self._save(uri, plan)

    def leave(self, uri: str) -> None:
        """Save the place of a document that is being closed."""
        plan = self._planner.read_plans().get(uri)
        if plan is not None:
            self._save(uri, plan)
        self._places.pop(uri, None)
        self._restoring.pop(uri, None)

    async def close(self) -> None:
        """Save every place, as far as that is done in a moment."""
        for uri, plan in self._planner.read_plans().items():
            self._save(uri, plan)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
        for task in self._tasks:
            task.cancel()

    def _save(self, uri: str, plan: PromptPlan) -> None:
        keeping, place = self.keeping, self._places.get(uri)
        is_saved = place is not None and place.is_saved and _fixed(place.plan) == _fixed(plan)
        if keeping is None or is_saved or not uri.startswith("file:") or not keeping.allows(plan.prompt.file):
            return
        # One that could not be saved is not tried again every second.
        self._places[uri] = _Place(plan, self._clock.monotonic(), is_saved=True)
        self._begin(self._write(plan, keeping))

    @staticmethod
    async def _write(plan: PromptPlan, keeping: Keeping) -> None:
        try:
            await keeping.states.save(plan.uri, plan.prompt, to_note(plan))
        except PylotError as error:
            _log.info("state not saved: %s", error.sentence)

    async def _restore(
        self, request: CompletionRequest, environment: Environment, model: str, keeping: Keeping
    ) -> bool:
        try:
            note = await keeping.states.note(request.uri)
            if not note:
                return False
            plan = from_note(note)
            if plan is None or not await self._is_current(plan, request, model, keeping):
                _log.info("saved state ignored: what it was made from has changed")
                await keeping.states.forget(request.uri)
                return False
            if not await keeping.states.restore(request.uri):
                return False
        except PylotError as error:
            _log.info("state not restored: %s", error.sentence)
            return False
        texts = copy_texts(request, plan, environment.surroundings.open_files)
        plan = replace(plan, prompt=replace(plan.prompt, copy_from=texts))
        self._planner.resume(plan)
        self._places[plan.uri] = _Place(plan, self._clock.monotonic(), is_saved=True)
        return True

    @staticmethod
    async def _is_current(plan: PromptPlan, request: CompletionRequest, model: str, keeping: Keeping) -> bool:
        """Tell whether a plan still quotes its own document and every other file as they are now."""
        is_same_place = (plan.uri, plan.model, plan.prompt.file) == (request.uri, model, request.path)
        if not is_same_place or not request.text.startswith(plan.prompt.head, plan.start):
            return False
        for chunk in plan.prompt.context:
            text = request.text if chunk.file == request.path else await keeping.text_now(chunk.file)
            if text is None or _plain(chunk.text) not in _plain(text):
                return False
        return True

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _fixed(plan: PromptPlan) -> FimPrompt:
    """Return what of a prompt stays the same while somebody types."""
    return replace(plan.prompt, tail="", copy_from=())


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")
