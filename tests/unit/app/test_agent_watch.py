from __future__ import annotations

from typing import Any

from pylot.app.agent_client import AgentClient
from pylot.app.agent_watch import AgentWatch
from pylot.app.task_view import TaskView
from pylot.journal.events import Recorded, TaskCompleted
from pylot.journal.tasks import Status, Task
from pylot.kernel.clock import ManualClock

TASK = Task("task-1", "conversation-1", "", "/", "main", "Greet by name", Status.RUNNING, "", 0, 0.0, 0.0)


class Screen:
    """An editor with one line for progress and messages; what is written last stays."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin_task_progress(self, title: str, _on_cancel: object) -> Screen:
        self.lines.append(title)
        return self

    def report(self, message: str, percent: int | None = None) -> None:
        self.lines.append(message)

    def end(self, message: str = "") -> None:
        self.lines.append(message)

    def task_changed(self, update: dict[str, Any]) -> None:
        self.lines.append(update.get("answer", ""))


def test_the_answer_is_written_after_the_end_of_the_progress() -> None:
    """The end of a report must not wipe the answer out of a status line (A16, K5)."""
    screen: Any = Screen()
    client: AgentClient = screen
    watch = AgentWatch(client, TaskView(TASK), ManualClock(), lambda: None, is_awaited=False)
    watch.heard(Recorded(1, TASK.id, 1, 0.0, TaskCompleted(answer="Done so.")))

    assert screen.lines[-2:] == ["completed", "Done so."]
