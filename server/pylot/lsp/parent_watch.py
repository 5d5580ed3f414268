"""Leave when the editor has died without saying so and left its pipe open (test T6)."""

from __future__ import annotations

import asyncio


async def parent_death(process_id: int, poll: float) -> None:
    """Return when a process is gone; `poll` is in seconds.

    Never returns for a process that cannot be seen to begin with:
    an editor outside the container or on another machine is not dead.
    """
    import psutil

    try:
        parent = psutil.Process(process_id)
    except (psutil.Error, ValueError, OverflowError):
        await asyncio.Event().wait()
        return
    while True:
        await asyncio.sleep(poll)
        try:
            if not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.Error:
            return
