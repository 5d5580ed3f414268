"""The way out of the process: orderly if possible, by force if it takes too long."""

from __future__ import annotations

import asyncio
import os
import threading

GRACE = 1.5


class Departure:
    """Decide once how the process ends.

    An editor waits about two seconds for its server, so work that does not stop by then is left behind (test T6).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._decision: asyncio.Future[tuple[int, str]] = loop.create_future()
        self._forced_code = 0
        self._armed = False

    def ask(self, code: int, reason: str) -> None:
        """Begin to leave; only the first call counts. Must be called on the event loop."""
        if not self._decision.done():
            self._arm(code)
            self._decision.set_result((code, reason))

    def ask_in_turn(self, code: int, reason: str) -> None:
        """Begin to leave after what is queued on the event loop; may be called from any thread or signal handler."""
        if not self._loop.is_closed():
            self._arm(code)
            self._loop.call_soon_threadsafe(self.ask, code, reason)

    async def wait(self) -> tuple[int, str]:
        """Return the exit code and the reason once leaving has begun."""
        return await self._decision

    def _arm(self, code: int) -> None:
        self._forced_code = code
        if not self._armed:
            self._armed = True
            timer = threading.Timer(GRACE, lambda: os._exit(self._forced_code))
            timer.daemon = True
            timer.start()
