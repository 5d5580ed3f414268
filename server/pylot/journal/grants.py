"""Standing answers: the same action need not be asked about again (D2, D3).

A grant holds for one exact action hash. Where an allow and a deny both hold, the deny wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pylot.journal.event_log import append_events
from pylot.journal.events import GrantAdded, GrantRevoked, GrantUsed, Json, Recorded
from pylot.journal.identifiers import new_id
from pylot.kernel.errors import JournalError
from pylot.storage.database import Database

Effect = Literal["allow", "deny"]
GrantScope = Literal["task", "workspace", "user"]

_DAY = 24 * 3600.0
# An allowance is asked for anew from time to time; a refusal stays.
ALLOW_SECONDS = 90 * _DAY


@dataclass(frozen=True, slots=True)
class Grant:
    """A standing answer; times in seconds since the epoch, `task_id` is the task that it was given in."""

    id: str
    effect: Effect
    scope: GrantScope
    action_hash: str
    task_id: str
    workspace: str
    title: str
    created: float
    expires: float | None
    last_used: float | None
    uses: int
    revoked: float | None

    def to_json(self) -> Json:
        """Return the grant as JSON values."""
        return {
            "id": self.id, "effect": self.effect, "scope": self.scope, "title": self.title, "workspace": self.workspace,
            "taskId": self.task_id, "created": self.created, "expires": self.expires, "lastUsed": self.last_used,
            "uses": self.uses,
        }  # fmt: skip


_COLUMNS = "id, effect, scope, action_hash, task_id, workspace, title, created, expires, last_used, uses, revoked"
_HOLDS = "revoked IS NULL AND (expires IS NULL OR expires > ?)"


def add_grant(
    database: Database,
    *,
    effect: Effect,
    scope: GrantScope,
    action_hash: str,
    task_id: str,
    workspace: str,
    title: str,
    now: float,
    allow_seconds: float,
) -> list[Recorded]:
    """Write a standing answer."""
    grant_id = new_id("grant")
    expires = now + allow_seconds if effect == "allow" and scope != "task" else None
    values = (grant_id, effect, scope, action_hash, task_id, workspace, title, now, expires)
    database.run(f"INSERT INTO grants ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, NULL)", values)
    added = GrantAdded(grant_id=grant_id, effect=effect, scope=scope, action_hash=action_hash)
    return append_events(database, task_id, [added], now)


def holding_grants(database: Database, workspace: str, task_id: str, now: float) -> list[Grant]:
    """Return the grants that hold for a task in a workspace, refusals first."""
    query = f"""SELECT {_COLUMNS} FROM grants WHERE {_HOLDS} AND (
        scope = 'user' OR (scope = 'workspace' AND workspace = ?) OR (scope = 'task' AND task_id = ?)
    ) ORDER BY effect = 'allow', created"""
    return [Grant(*row) for row in database.rows(query, (now, workspace, task_id))]


def list_grants(database: Database, now: float) -> list[Grant]:
    """Return every grant that holds somewhere, the last one first."""
    query = f"SELECT {_COLUMNS} FROM grants WHERE {_HOLDS} ORDER BY created DESC, rowid DESC"
    return [Grant(*row) for row in database.rows(query, (now,))]


def use_grant(database: Database, grant_id: str, task_id: str, now: float) -> list[Recorded]:
    """Note that a grant has answered for a task; raises JournalError when it no longer holds."""
    _holding(database, grant_id, now)
    database.run("UPDATE grants SET last_used = ?, uses = uses + 1 WHERE id = ?", (now, grant_id))
    return append_events(database, task_id, [GrantUsed(grant_id=grant_id)], now)


def revoke_grant(database: Database, grant_id: str, by: str, now: float) -> list[Recorded]:
    """Let a grant answer no more."""
    grant = _holding(database, grant_id, now)
    database.run("UPDATE grants SET revoked = ? WHERE id = ?", (now, grant_id))
    if database.row("SELECT 1 FROM tasks WHERE id = ?", (grant.task_id,)) is None:
        # Its task has been forgotten, and there is no log left to write this to.
        return []
    return append_events(database, grant.task_id, [GrantRevoked(grant_id=grant_id, by=by)], now)


def release_grants(database: Database, task_id: str, now: float) -> None:
    """Delete the grants of a task that is forgotten, but for those that hold for other tasks."""
    condition = f"task_id = ? AND NOT (scope <> 'task' AND {_HOLDS})"
    database.run(f"DELETE FROM grants WHERE {condition}", (task_id, now))


def _holding(database: Database, grant_id: str, now: float) -> Grant:
    rows: Sequence[tuple[Any, ...]] = database.rows(
        f"SELECT {_COLUMNS} FROM grants WHERE id = ? AND {_HOLDS}", (grant_id, now)
    )
    if not rows:
        raise JournalError("There is no such grant, or it holds no longer.")
    return Grant(*rows[0])
