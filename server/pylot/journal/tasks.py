"""Tasks and what may become of them: the table of states, and who is at work on which (B2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pylot.journal.event_log import append_events
from pylot.journal.events import (
    AnyEvent,
    CancelRequested,
    EffectFinished,
    Json,
    Recorded,
    TaskCancelled,
    TaskContinued,
    TaskCreated,
    TaskInterrupted,
)
from pylot.journal.identifiers import new_id
from pylot.kernel.errors import JournalError
from pylot.storage.database import Database


class Status(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting_for_approval"
    INTERRUPTED = "interrupted"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LIMIT = "limit"


# Tasks that nobody will ever work on again.
FINISHED = frozenset({Status.COMPLETED, Status.CANCELLED})
# Tasks that may be gone on with once nobody is at work on them.
RESUMABLE = frozenset({Status.QUEUED, Status.WAITING, Status.INTERRUPTED, Status.LIMIT, Status.FAILED})

# What an event makes of a task, and of which; every other event changes no status.
MOVES: Mapping[str, tuple[frozenset[Status], Status]] = {
    "task_continued": (RESUMABLE, Status.RUNNING),
    "task_waiting_for_approval": (frozenset({Status.RUNNING, Status.WAITING}), Status.WAITING),
    "task_interrupted": (frozenset({Status.QUEUED, Status.RUNNING}), Status.INTERRUPTED),
    "task_completed": (frozenset({Status.RUNNING}), Status.COMPLETED),
    "task_failed": (frozenset(Status) - FINISHED - {Status.FAILED, Status.LIMIT}, Status.FAILED),
    "task_cancelled": (frozenset(Status) - FINISHED - {Status.FAILED}, Status.CANCELLED),
    "tool_iteration_limit_reached": (frozenset({Status.RUNNING}), Status.LIMIT),
}


@dataclass(frozen=True, slots=True)
class NewTask:
    """What somebody wants done; without a conversation it begins one."""

    prompt: str
    workspace: str
    agent: str = "main"
    conversation_id: str = ""
    parent_id: str = ""
    options: Json | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands; times in seconds since the epoch, `owner` is the mark of the process at work on it."""

    id: str
    conversation_id: str
    parent_id: str
    workspace: str
    agent: str
    title: str
    status: Status
    owner: str
    last_seq: int
    created: float
    updated: float

    def to_json(self) -> Json:
        """Return the task as JSON values."""
        return {
            "taskId": self.id, "conversation": self.conversation_id, "parent": self.parent_id,
            "workspace": self.workspace, "agent": self.agent, "title": self.title, "status": self.status.value,
            "created": self.created, "updated": self.updated,
        }  # fmt: skip


_COLUMNS = "id, conversation_id, parent_id, workspace, agent, title, status, owner, last_seq, created, updated"
_LONGEST_TITLE = 80


def create_task(database: Database, new: NewTask, now: float) -> tuple[Task, list[Recorded]]:
    """Write a task, with its conversation where it begins one."""
    task_id, conversation_id = new_id("task"), new.conversation_id
    title = title_of(new.prompt)
    if not conversation_id:
        conversation_id = new_id("talk")
        database.run(
            "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", (conversation_id, new.workspace, title, now, now)
        )
    elif database.row("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)) is None:
        raise JournalError("There is no such conversation.")
    database.run("UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation_id))
    database.run(
        f"INSERT INTO tasks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?)",
        (task_id, conversation_id, new.parent_id, new.workspace, new.agent, title, Status.QUEUED.value, now, now),
    )
    created = TaskCreated(
        prompt=new.prompt,
        agent=new.agent,
        workspace=new.workspace,
        conversation_id=conversation_id,
        parent_id=new.parent_id,
        options=new.options or {},
    )
    recorded = append_events(database, task_id, [created], now)
    return get_task(database, task_id), recorded


def get_task(database: Database, task_id: str) -> Task:
    """Return a task by its id or an unmistakable beginning of it; raises JournalError where there is none."""
    rows = database.rows(f"SELECT {_COLUMNS} FROM tasks WHERE id = ?", (task_id,))
    if not rows and len(task_id) >= 3:
        rows = database.rows(f"SELECT {_COLUMNS} FROM tasks WHERE substr(id, 1, ?) = ?", (len(task_id), task_id))
    if not rows:
        raise JournalError("There is no such task.")
    if len(rows) > 1:
        raise JournalError("There are several tasks whose names begin like this.")
    return _task(rows[0])


def list_tasks(
    database: Database,
    *,
    workspace: str | None,
    statuses: Sequence[Status] | None,
    conversation: str | None,
    parent: str,
    limit: int,
) -> list[Task]:
    """Return tasks, those first that something has happened to last."""
    conditions, values = ["parent_id = ?"], list[Any]([parent])
    if workspace is not None:
        conditions.append("workspace = ?")
        values.append(workspace)
    if conversation is not None:
        conditions.append("conversation_id = ?")
        values.append(conversation)
    if statuses is not None:
        conditions.append(f"status IN ({', '.join('?' * len(statuses))})")
        values += [status.value for status in statuses]
    query = f"SELECT {_COLUMNS} FROM tasks WHERE {' AND '.join(conditions)} ORDER BY updated DESC, rowid DESC LIMIT ?"
    return [_task(row) for row in database.rows(query, (*values, limit))]


def record(
    database: Database, task_id: str, events: Sequence[AnyEvent], now: float, *, owner: str = ""
) -> list[Recorded]:
    """Append events and let each change the task's status as `MOVES` says; `owner` is written with `running`.

    Raises JournalError for a change that the table does not know; then nothing is kept.
    """
    status = get_task(database, task_id).status
    for event in events:
        if (move := MOVES.get(event.type)) is not None:
            allowed, after = move
            if status not in allowed:
                raise JournalError(f"A task that is {status.value.replace('_', ' ')} cannot become {after.value}.")
            status = after
    database.run("UPDATE tasks SET status = ? WHERE id = ?", (status.value, task_id))
    if owner and status is Status.RUNNING:
        database.run("UPDATE tasks SET owner = ? WHERE id = ?", (owner, task_id))
    elif status not in (Status.RUNNING, Status.WAITING):
        database.run("UPDATE tasks SET owner = '' WHERE id = ?", (task_id,))
    return append_events(database, task_id, events, now)


def claim(
    database: Database, task_id: str, reason: str, now: float, *, owner: str, is_present: Callable[[str], bool]
) -> list[Recorded]:
    """Make this process the one that works on a task; raises JournalError when another one does.

    Whether this process itself is still at work on it is for the caller to know.
    """
    task = get_task(database, task_id)
    if task.owner and task.owner != owner and is_present(task.owner):
        raise JournalError("Another window is at work on this task.")
    recorded = []
    if task.status is Status.RUNNING:
        recorded += record(database, task_id, [TaskInterrupted(reason="Its work has ended without a word.")], now)
    recorded += close_effects(database, task_id, now)
    return recorded + record(database, task_id, [TaskContinued(reason=reason)], now, owner=owner)


def request_cancel(
    database: Database, task_id: str, by: str, now: float, *, is_present: Callable[[str], bool]
) -> list[Recorded]:
    """Ask the process at work on a task to stop; where none is, the task is cancelled at once."""
    task = get_task(database, task_id)
    if task.status in FINISHED or task.status is Status.FAILED:
        raise JournalError(f"This task is {task.status.value} already.")
    if task.owner and is_present(task.owner):
        return record(database, task_id, [CancelRequested(by=by)], now)
    return record(database, task_id, [CancelRequested(by=by), TaskCancelled()], now)


def recover(database: Database, now: float, *, is_present: Callable[[str], bool]) -> list[Recorded]:
    """Mark what dead processes were at work on as interrupted, and their unfinished effects as unknown (T19)."""
    recorded: list[Recorded] = []
    query = "SELECT id, owner, status FROM tasks WHERE owner <> '' AND status IN ('running', 'waiting_for_approval')"
    for task_id, owner, status in database.rows(query):
        if is_present(owner):
            continue
        if status == Status.RUNNING.value:
            recorded += record(database, task_id, [TaskInterrupted(reason="Its process has ended.")], now)
        else:
            database.run("UPDATE tasks SET owner = '' WHERE id = ?", (task_id,))
        recorded += close_effects(database, task_id, now)
    return recorded


def close_effects(database: Database, task_id: str, now: float) -> list[Recorded]:
    """Write that the result of every effect without an end is unknown; none of them is ever run again by itself."""
    open_effects = database.rows("SELECT id FROM effects WHERE task_id = ? AND finished IS NULL", (task_id,))
    sentence = "Pylot ended before the result was known."
    unknown = [EffectFinished(effect_id=effect, ok=False, unknown=True, error=sentence) for (effect,) in open_effects]
    return append_events(database, task_id, unknown, now)


def title_of(prompt: str) -> str:
    """Return a prompt's first line, short enough for a list."""
    line = next((line.strip() for line in prompt.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1].rstrip() + "…"


def _task(row: tuple[Any, ...]) -> Task:
    values = list(row)
    values[6] = Status(row[6])
    return Task(*values)
