"""The append-only log of what has happened to each task: the truth that everything else here is derived from (B3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pylot.journal.events import AnyEvent, EffectFinished, EffectIntended, Recorded, read_event
from pylot.kernel.errors import JournalError
from pylot.storage.database import Database

_COLUMNS = "position, task_id, seq, type, schema_version, at, body"


def append_events(database: Database, task_id: str, events: Sequence[AnyEvent], now: float) -> list[Recorded]:
    """Append events to a task's log, numbered without gaps.

    Raises JournalError for an effect that is begun or ended twice.
    """
    found = database.row("SELECT last_seq FROM tasks WHERE id = ?", (task_id,))
    if found is None:
        raise JournalError("There is no such task.")
    recorded = []
    for seq, event in enumerate(events, int(found[0]) + 1):
        body = event.model_dump_json()
        position = database.run(
            "INSERT INTO events (task_id, seq, type, schema_version, at, body) VALUES (?, ?, ?, ?, ?, ?)",
            (task_id, seq, event.type, event.schema_version, now, body),
        )
        _keep_effect(database, task_id, seq, event)
        recorded.append(Recorded(position, task_id, seq, now, event))
    if recorded:
        database.run("UPDATE tasks SET last_seq = ?, updated = ? WHERE id = ?", (recorded[-1].seq, now, task_id))
    return recorded


def events_of(database: Database, task_id: str, after: int = 0) -> list[Recorded]:
    """Return the events of a task behind a number, in order."""
    query = f"SELECT {_COLUMNS} FROM events WHERE task_id = ? AND seq > ? ORDER BY seq"
    return [_recorded(row) for row in database.rows(query, (task_id, after))]


def positions_behind(database: Database, position: int) -> list[int]:
    """Return the positions of the events of all tasks behind one, in order."""
    return [
        int(row[0]) for row in database.rows("SELECT position FROM events WHERE position > ? ORDER BY 1", (position,))
    ]


def event_at(database: Database, position: int) -> Recorded | None:
    """Return the event at a position; None where its task has been forgotten meanwhile."""
    found = database.row(f"SELECT {_COLUMNS} FROM events WHERE position = ?", (position,))
    return _recorded(found) if found is not None else None


def last_position(database: Database) -> int:
    """Return the position of the last event, 0 where there is none."""
    found = database.row("SELECT max(position) FROM events")
    return int(found[0] or 0) if found else 0


def _keep_effect(database: Database, task_id: str, seq: int, event: AnyEvent) -> None:
    if isinstance(event, EffectIntended):
        if database.row("SELECT 1 FROM effects WHERE task_id = ? AND id = ?", (task_id, event.effect_id)) is not None:
            raise JournalError("This effect has been begun already.")
        database.run("INSERT INTO effects VALUES (?, ?, ?, NULL)", (task_id, event.effect_id, seq))
    elif isinstance(event, EffectFinished):
        found = database.row("SELECT finished FROM effects WHERE task_id = ? AND id = ?", (task_id, event.effect_id))
        if found is None or found[0] is not None:
            raise JournalError("This effect was never begun, or has ended already.")
        database.run("UPDATE effects SET finished = ? WHERE task_id = ? AND id = ?", (seq, task_id, event.effect_id))


def _recorded(row: tuple[Any, ...]) -> Recorded:
    position, task_id, seq, type_name, schema_version, at, body = row
    return Recorded(position, task_id, seq, at, read_event(type_name, schema_version, json.loads(body)))
