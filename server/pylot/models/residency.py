"""Which of this window's models hold memory, and whose turn it is when not all of them fit (I7, T14).

Requests for a model that is loaded are served at once.
A model that does not fit beside the others waits until one of them is unused, or until its requests have waited for
as long as their urgency allows; then that one takes no more requests, ends those it has, and leaves.
So two models change places once per queue and not once per request (llama-swap#612).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import OperationCancelledError, PylotError
from pylot.models.routing.changes import Changes
from pylot.models.values import Urgency

QUIET_SECONDS = 2.0
"""A model that was unused for so long makes room at once."""
STAY_SECONDS = 8.0
"""A model that is in use stays for at least so long after it was loaded."""
PATIENCE_SECONDS = {
    Urgency.COMPLETION: 1.0,
    Urgency.CHAT: 2.0,
    Urgency.QUERY: 4.0,
    Urgency.AGENT: 8.0,
    Urgency.INDEX: 30.0,
    # What nobody has asked for takes nobody's place.
    Urgency.SPECULATIVE: float("inf"),
}
_LOOK_SECONDS = 0.25

_Bring = TypeVar("_Bring")
Rank = Callable[[int], Awaitable[int]]
"""How many steps a model must be reduced by when so many more bytes are free than now; 0 when it fits as it is."""


class Resident(Protocol):
    """A model that may be asked to give its memory back."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def loaded_bytes(self) -> int:
        """The bytes of memory that it holds, 0 while it is not loaded."""
        ...

    async def unload(self) -> bool:
        """End its engine and wait until the memory is free; false when others use it."""
        ...


class Stranger(Protocol):
    """A loaded model that nobody uses, left behind by some window."""

    @property
    def label(self) -> str:
        """What to call it."""
        ...

    @property
    def n_bytes(self) -> int:
        """The bytes of memory that it holds."""
        ...

    async def dismiss(self) -> bool:
        """End it and wait until its memory is free; false when it stays."""
        ...


@dataclass(slots=True, eq=False)
class _Place:
    resident: Resident
    n_active: int = 0
    last_used: float = 0.0
    loaded_since: float = 0.0
    wanted_since: float | None = None
    unwanted_since: float = 0.0
    is_closing: bool = False
    waiting: list[Urgency] = field(default_factory=list)


class Residency:
    """The places of one window's models; `last` names the models that go last, `pinned` those that never go."""

    def __init__(
        self,
        clock: Clock,
        say: Callable[[str], None],
        *,
        strangers: Callable[[], Awaitable[Sequence[Stranger]]],
        last: Collection[str] = (),
        pinned: Collection[str] = (),
    ) -> None:
        self._clock = clock
        self._say = say
        self._strangers = strangers
        self._last = frozenset(last)
        self._pinned = frozenset(pinned)
        self._places: dict[str, _Place] = {}
        self._turn = asyncio.Lock()
        self._changes = Changes()
        self._said: set[str] = set()

    def join(self, resident: Resident) -> None:
        """Take part; a resident of the same name is replaced."""
        self._places[resident.name] = _Place(resident)

    @contextlib.asynccontextmanager
    async def use(
        self,
        name: str,
        bring: Callable[[], Awaitable[_Bring]],
        urgency: Urgency,
        token: CancellationToken | None = None,
        deadline_ms: float | None = None,
    ) -> AsyncIterator[_Bring]:
        """Hold a model while it is used; `bring` loads it and returns what the caller works with.

        Raises:
            OperationCancelledError: the token was cancelled while the request waited; it left the queue.
            TimeoutError: its deadline passed while it waited; it left the queue.
            PylotError: what `bring` raises.
        """
        place = self._places[name]
        async with _while_wanted(token, deadline_ms):
            brought = await self._wait_for(place, bring, urgency)
        # Nothing else runs between the end of the waiting and this line, so nobody unloads the model in between.
        place.n_active += 1
        try:
            yield brought
        finally:
            place.n_active -= 1
            place.last_used = self._clock.monotonic()
            self._changes.tell()

    @contextlib.asynccontextmanager
    async def room_for(self, name: str, rank: Rank) -> AsyncIterator[None]:
        """Hold the right to load a model, once others have made as much room for it as helps.

        Raises:
            OperationCancelledError: nobody waits for the model any more.
        """
        place = self._places[name]
        closing: set[_Place] = set()
        try:
            while True:
                # A waiting model must not keep a small one from loading beside it.
                async with self._turn:
                    if await self._has_room(place, rank, closing):
                        yield
                        place.loaded_since = place.last_used = self._clock.monotonic()
                        return
                # To rank costs reading the machine's memory, perhaps in another process, so it is not done in vain.
                while not self._is_worth_trying(place):
                    await self._changes.wait(_LOOK_SECONDS)
                    self._give_up_when_unwanted(place)
        finally:
            for victim in closing:
                victim.is_closing = False
            self._changes.tell()

    async def _wait_for(self, place: _Place, bring: Callable[[], Awaitable[_Bring]], urgency: Urgency) -> _Bring:
        now = self._clock.monotonic()
        if place.wanted_since is None or (not place.waiting and now - place.unwanted_since > QUIET_SECONDS):
            place.wanted_since = now
        place.waiting.append(urgency)
        try:
            while True:
                while place.is_closing:
                    await self._changes.wait(_LOOK_SECONDS)
                brought = await bring()
                # It may have been asked to leave while it was brought.
                if not place.is_closing:
                    place.wanted_since = None
                    return brought
        finally:
            place.waiting.remove(urgency)
            place.unwanted_since = self._clock.monotonic()
            self._changes.tell()

    async def _has_room(self, place: _Place, rank: Rank, closing: set[_Place]) -> bool:
        refused: set[object] = set()
        while short := await rank(0):
            strangers = [it for it in await self._strangers() if it.label not in refused]
            victims = [it for it in self._victims(place) if it not in refused]
            held = [it.n_bytes for it in strangers] + [it.resident.loaded_bytes for it in victims]
            if not held or await rank(sum(held)) >= short:
                # Nobody's leaving would help, so the model takes smaller steps itself.
                return True
            if strangers:
                if await strangers[0].dismiss():
                    self._tell(place, strangers[0].label)
                refused.add(strangers[0].label)
            elif not self._may_go(victims[0], place):
                return False
            else:
                closing.add(victims[0])
                victims[0].is_closing = True
                if victims[0].n_active:
                    return False
                if await self._unload(victims[0]):
                    self._tell(place, victims[0].resident.name)
                refused.add(victims[0])
        return True

    def _victims(self, place: _Place) -> list[_Place]:
        """Return who could make room: first who is leaving already, then the least recently used."""
        others = [
            it
            for it in self._places.values()
            if it is not place and it.resident.loaded_bytes and it.resident.name not in self._pinned
        ]
        return sorted(others, key=lambda it: (not it.is_closing, it.resident.name in self._last, it.last_used))

    def _may_go(self, victim: _Place, place: _Place) -> bool:
        now = self._clock.monotonic()
        if victim.is_closing or (not victim.n_active and now - victim.last_used >= QUIET_SECONDS):
            return True
        patience = min((PATIENCE_SECONDS[urgency] for urgency in place.waiting), default=float("inf"))
        since = now if place.wanted_since is None else place.wanted_since
        return now - since >= patience and now - victim.loaded_since >= STAY_SECONDS

    def _is_worth_trying(self, place: _Place) -> bool:
        victim = next(iter(self._victims(place)), None)
        if victim is None:
            return True
        return not victim.n_active if victim.is_closing else self._may_go(victim, place)

    async def _unload(self, victim: _Place) -> bool:
        try:
            return await victim.resident.unload()
        except PylotError:
            # It was lost while it was asked, so its memory is free.
            return True

    def _give_up_when_unwanted(self, place: _Place) -> None:
        """Each key typed cancels a request and sends another, so a moment without any means nothing."""
        if not place.waiting and self._clock.monotonic() - place.unwanted_since > QUIET_SECONDS:
            place.wanted_since = None
            raise OperationCancelledError(f"Nobody waits for {place.resident.name} any more.")

    def _tell(self, place: _Place, gone: str) -> None:
        sentence = f"There is no room for {place.resident.name} beside {gone}, so {gone} is unloaded until it is used."
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)


@contextlib.asynccontextmanager
async def _while_wanted(token: CancellationToken | None, deadline_ms: float | None) -> AsyncIterator[None]:
    token = token or CancellationToken()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None if deadline_ms is None else deadline_ms / 1000) as limit:
            unsubscribe = token.on_cancel(lambda _: limit.reschedule(loop.time()))
            try:
                yield
            finally:
                unsubscribe()
    except TimeoutError:
        if token.cancelled:
            raise OperationCancelledError("The answer is no longer wanted.") from None
        raise
