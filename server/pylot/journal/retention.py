"""What of the past is forgotten: conversations that are over, the oldest first; never what can be gone on with (B3).

A standing answer outlives the task that it was given in. Whatever is deleted is overwritten in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pylot.journal.grants import release_grants
from pylot.journal.tasks import FINISHED, Status, get_task
from pylot.kernel.errors import JournalError
from pylot.storage.database import Database

# One that has failed may be tried again, so that only its owner can say that it is over.
_MAY_BE_NAMED = FINISHED | {Status.FAILED}


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The tasks that are gone from the journal, and the hashes of contents that were kept for them."""

    task_ids: tuple[str, ...] = ()
    contents: frozenset[str] = frozenset()


def forget_task(database: Database, task_id: str, now: float) -> Forgotten:
    """Delete a task that is over, with its parts; raises JournalError for any other."""
    task = get_task(database, task_id)
    if task.parent_id:
        raise JournalError(f"This is a part of another task: forget {task.parent_id}.")
    if task.status not in _MAY_BE_NAMED:
        raise JournalError(f"This task is {task.status.value.replace('_', ' ')} and can go on: cancel it first.")
    parts = """WITH RECURSIVE parts (id) AS (
        SELECT ? UNION SELECT tasks.id FROM tasks JOIN parts ON tasks.parent_id = parts.id
    ) SELECT id FROM parts"""
    return _forget(database, [row[0] for row in database.rows(parts, (task.id,))], task.conversation_id, now)


def forget_oldest(database: Database, before: float, now: float) -> Forgotten | None:
    """Delete the oldest conversation in which nothing has happened since a time and nothing can be gone on with.

    Returns None where there is none.
    """
    found = database.row(
        """SELECT conversation_id FROM tasks GROUP BY conversation_id
        HAVING max(updated) < ? AND sum(parent_id = '' AND status NOT IN (?, ?)) = 0
        ORDER BY max(updated) LIMIT 1""",
        (before, *(status.value for status in FINISHED)),
    )
    if found is None:
        return None
    ids = database.rows("SELECT id FROM tasks WHERE conversation_id = ?", found)
    return _forget(database, [row[0] for row in ids], found[0], now)


def kept_contents(database: Database, task_id: str | None = None) -> frozenset[str]:
    """Return the hashes of what files held before a task changed them, or before any task did."""
    query = """SELECT DISTINCT json_extract(file.value, '$.before')
        FROM events, json_each(events.body, '$.details.files') AS file
        WHERE events.type IN ('effect_intended', 'effect_finished')"""
    rows = database.rows(query) if task_id is None else database.rows(f"{query} AND events.task_id = ?", (task_id,))
    return frozenset(digest for (digest,) in rows if isinstance(digest, str))


def task_ids(database: Database) -> frozenset[str]:
    """Return the ids of all tasks, parts of others too."""
    return frozenset(row[0] for row in database.rows("SELECT id FROM tasks"))


def used_bytes(database: Database) -> int:
    """Return how much of the file is in use."""
    found = database.row(
        """SELECT (pages.page_count - free.freelist_count) * size.page_size
        FROM pragma_page_count AS pages, pragma_freelist_count AS free, pragma_page_size AS size"""
    )
    return int(found[0]) if found else 0


def last_upkeep(database: Database) -> float:
    """Return when what is old was looked for last, the beginning of time for never."""
    found = database.row("SELECT at FROM upkeep")
    return float(found[0]) if found else float("-inf")


def note_upkeep(database: Database, now: float) -> None:
    """Write that what is old has been looked for."""
    database.run("DELETE FROM upkeep")
    database.run("INSERT INTO upkeep VALUES (?)", (now,))


def _forget(database: Database, task_ids: Sequence[str], conversation_id: str, now: float) -> Forgotten:
    contents = frozenset[str]().union(*(kept_contents(database, task_id) for task_id in task_ids))
    for task_id in task_ids:
        # Only the events of a task that is marked may be deleted, and only one that is over may be marked.
        database.run("UPDATE tasks SET is_forgotten = 1 WHERE id = ?", (task_id,))
        for table in ("events", "effects", "approvals"):
            database.run(f"DELETE FROM {table} WHERE task_id = ?", (task_id,))
        release_grants(database, task_id, now)
        database.run("DELETE FROM tasks WHERE id = ?", (task_id,))
    left = "SELECT 1 FROM tasks WHERE conversation_id = conversations.id"
    database.run(f"DELETE FROM conversations WHERE id = ? AND NOT EXISTS ({left})", (conversation_id,))
    return Forgotten(tuple(task_ids), contents)
