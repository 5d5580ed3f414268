"""Forget what agents did long ago: by name, by age, and once a day as the settings say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pylot.execution.checkpoints import Checkpoints
from pylot.execution.forgetting import bytes_of_outputs, forget_outputs, forget_strays
from pylot.journal.journal import Journal
from pylot.journal.retention import Forgotten
from pylot.journal.settings import HistorySettings
from pylot.kernel.clock import Clock
from pylot.kernel.errors import StorageError
from pylot.kernel.stories import story
from pylot.storage.directories import Directories

_log = logging.getLogger(__name__)
_DAY = 24 * 3600.0
# A content is kept a moment before the journal names it.
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Delete tasks from one user's journal, with what lies beside it; a process that ends meanwhile harms nothing."""

    journal: Journal
    directories: Directories
    clock: Clock

    async def task(self, task_id: str) -> list[str]:
        """Forget one task with its parts, and return their ids; raises JournalError for one that can go on."""
        done = await self.journal.forget(task_id)
        await self._clear_outputs(done)
        await self._clear([done])
        return list(done.task_ids)

    async def older_than(self, days: float) -> list[str]:
        """Forget the conversations that are over and have rested so long, and return the ids of their tasks."""
        return await self._oldest(self.clock.wall() - days * _DAY, _always)

    async def once_a_day(self, history: HistorySettings) -> None:
        """Forget what is too old and what there is no room for, unless some process has done so today; never raises."""
        try:
            if not await self.journal.is_upkeep_due(_DAY):
                return
            now = self.clock.wall()
            ids = await self._oldest(now - history.days * _DAY, _always)
            ids += await self._oldest(now - _DAY, lambda: self._is_over(history.most_mb << 20))
            known = await self.journal.task_ids()
            await asyncio.to_thread(forget_strays, self.directories.data, self.directories.cache, known, now - _DAY)
            await self.journal.note_upkeep()
        except StorageError as error:
            _log.warning("what is old could not be forgotten: %s", story(error))
        else:
            _log.info("%d old tasks were forgotten", len(ids))

    async def _oldest(self, before: float, is_wanted: Callable[[], Awaitable[bool]]) -> list[str]:
        done: list[Forgotten] = []
        try:
            while await is_wanted() and (forgotten := await self.journal.forget_oldest(before)) is not None:
                done.append(forgotten)
                await self._clear_outputs(forgotten)
        finally:
            await self._clear(done)
        return [task_id for each in done for task_id in each.task_ids]

    async def _is_over(self, most_bytes: int) -> bool:
        outputs = await asyncio.to_thread(bytes_of_outputs, self.directories.data)
        return await self.journal.used_bytes() + outputs > most_bytes

    async def _clear_outputs(self, done: Forgotten) -> None:
        await asyncio.to_thread(forget_outputs, self.directories.data, self.directories.cache, done.task_ids)

    async def _clear(self, done: list[Forgotten]) -> None:
        """Remove what files held before and no other task needs, and give the room back."""
        if not done:
            return
        contents = frozenset[str]().union(*(each.contents for each in done)) - await self.journal.kept_contents()
        checkpoints = Checkpoints(self.directories.data / "checkpoints")
        await asyncio.to_thread(checkpoints.forget, contents, self.clock.wall() - _MINUTE)
        await self.journal.give_back_room()


async def _always() -> bool:
    return True
