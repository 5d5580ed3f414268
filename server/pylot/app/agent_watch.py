"""Show one task while this process works on it: a progress report, and `pylot/taskUpdate` for clients that take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pylot.app.agent_client import AgentClient
from pylot.app.task_view import TaskView
from pylot.journal.events import Recorded
from pylot.kernel.clock import Clock

# A piece of an answer comes for every token; nobody reads faster than this.
_SECONDS_BETWEEN_PIECES = 0.1


class AgentWatch:
    """Tell a client of a task's events and of its answer as it comes (`agent.ports.Audience`).

    `is_awaited` says that whoever asked gets the end in another way.
    """

    def __init__(
        self, client: AgentClient, view: TaskView, clock: Clock, on_cancel: Callable[[], None], *, is_awaited: bool
    ) -> None:
        self.view = view
        self._client = client
        self._clock = clock
        self._is_awaited = is_awaited
        self._progress = client.begin_task_progress(f"Pylot: {view.task.title}", on_cancel)
        self._last_piece = 0.0
        self._told: dict[str, Any] = {}
        self._ended = False

    def begin(self) -> None:
        """Show the task as it stands."""
        self._tell()

    def heard(self, recorded: Recorded) -> None:
        """Take an event of any task."""
        if recorded.task_id == self.view.task.id and not self._ended:
            self.view.apply(recorded)
            # Some editors have one line for progress and messages: what the task has come to is said last.
            if self.view.is_over:
                self._end_progress()
            else:
                self._progress.report(self.view.message)
            self._tell()

    def answer_begins(self) -> None:
        """Begin the answer anew."""
        self.view.answer = ""

    def answer_goes_on(self, piece: str) -> None:
        """Show the answer as far as it has come."""
        self.view.answer += piece
        now = self._clock.monotonic()
        if now - self._last_piece >= _SECONDS_BETWEEN_PIECES:
            self._last_piece = now
            self._tell()

    def end(self) -> None:
        """Say how the work here has ended."""
        if not self._ended:
            self._ended = True
            self._end_progress()

    def _end_progress(self) -> None:
        self._progress.end(self.view.message or self.view.status.value.replace("_", " "))

    def _tell(self) -> None:
        update: dict[str, Any] = self.view.to_json()
        if update == self._told:
            return
        self._told = dict(update)
        if self._is_awaited:
            update["awaited"] = True
        self._client.task_changed(update)
