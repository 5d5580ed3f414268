"""Keep one engine within reach, and let it go where another model needs its memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pylot.engine.client import EngineClient
from pylot.engine.messages import ENGINE
from pylot.engine.running import wait_until_gone
from pylot.ipc.link import Link, Say
from pylot.kernel.clock import Clock

_LOST = "The model's engine stopped; Pylot starts it again."


class EngineLink(Link[EngineClient]):
    """Give out the connection to one engine."""

    def __init__(self, connect: Callable[[], Awaitable[EngineClient]], *, clock: Clock, say: Say) -> None:
        super().__init__(ENGINE, connect, clock=clock, say=say, lost=_LOST)

    async def release(self) -> bool:
        """Let the engine end to make room for another model; false when it stays. The next `get` starts it again."""
        if (client := self.client) is None:
            return True
        if not await client.leave():
            return False
        self._client = None
        await client.close()
        await asyncio.to_thread(wait_until_gone, client.pid)
        return True
