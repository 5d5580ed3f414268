"""The agents of a session, loaded when the first one is asked for: most windows never ask."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from pylot.app.agent_client import AgentClient, NobodyThere
from pylot.app.trusting import Trusting
from pylot.app.workplace import Workplace
from pylot.journal.place import has_journal
from pylot.kernel.errors import PylotError

if TYPE_CHECKING:
    from pylot.app.agent_desk import AgentDesk


class Agents:
    """The desk of a window; `client` is whoever is in front of the user, nobody until it is set."""

    def __init__(self, workplace: Workplace) -> None:
        self.client: AgentClient = NobodyThere()
        self._workplace = workplace
        self._desk: AgentDesk | None = None

    @property
    def pages(self) -> Path:
        """The folder for what is shown to the user in documents of its own."""
        return self._workplace.directories.cache / "pages"

    @property
    def desk(self) -> AgentDesk:
        """The desk, made when it is first asked for."""
        from pylot.app.agent_desk import AgentDesk

        if self._desk is None:
            self._desk = AgentDesk(self._workplace, self.client)
        return self._desk

    @property
    def trusting(self) -> Trusting:
        """How the user says whom they trust; what agents do rests on it."""
        return self._workplace.trusting

    async def reminder(self) -> str:
        """Return a sentence about tasks that wait for the user, or nothing; it costs nothing where there were none."""
        if not self._workplace.folders():
            return ""
        is_there = await asyncio.to_thread(has_journal, self._workplace.directories.data)
        try:
            return await self.desk.reminder() if is_there else ""
        except PylotError as error:
            return error.sentence

    async def close(self) -> None:
        """Leave what is under way interrupted."""
        if self._desk is not None:
            await self._desk.close()
