"""What the service knows of one document while it is open: the request that waits and the runs of the model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pylot.completion.looking_ahead import Ahead
from pylot.completion.model_run import ModelRun
from pylot.completion.typing_habits import TypingHabits
from pylot.kernel.cancellation import CancellationToken

# How long a run lives on after the editor cancelled its request: the request of the next keystroke follows at once.
_ADOPTION_SECONDS = 0.015


@dataclass(slots=True)
class DocumentState:
    """A document has at most one waiting request, one run that somebody waits for and one that looks ahead.

    `superseded` belongs to the request that waits; `preparing` stops what the model reads before the next one comes.
    """

    habits: TypingHabits
    superseded: asyncio.Event = field(default_factory=asyncio.Event)
    run: ModelRun | None = None
    ahead: Ahead | None = None
    preparing: CancellationToken = field(default_factory=CancellationToken)

    def supersede(self) -> asyncio.Event:
        """Tell the request that waits to give up, and return the event that tells the next one."""
        self.superseded.set()
        self.superseded = asyncio.Event()
        return self.superseded

    def stop(self, reason: str) -> None:
        """Stop the run that somebody waits for."""
        if self.run is not None:
            self.run.token.cancel(reason)
            self.run = None

    def look_away(self, reason: str) -> None:
        """Stop the run that looks ahead."""
        if self.ahead is not None:
            self.ahead.stop(reason)
            self.ahead = None

    def prepare_anew(self, reason: str) -> CancellationToken:
        """Stop what is being prepared, and return the token of what is prepared instead."""
        self.preparing.cancel(reason)
        self.preparing = CancellationToken()
        return self.preparing

    def end(self, reason: str) -> None:
        """Stop everything."""
        self.superseded.set()
        self.stop(reason)
        self.look_away(reason)
        self.preparing.cancel(reason)

    def orphan(self) -> None:
        """Let a run that nobody waits for go on for a moment, in case the next keystroke agrees with it."""
        run = self.run
        if run is None or run.done.is_set():
            return

        def stop_unless_adopted() -> None:
            if run.n_waiting == 0:
                run.token.cancel("cancelled")

        asyncio.get_running_loop().call_later(_ADOPTION_SECONDS, stop_unless_adopted)
