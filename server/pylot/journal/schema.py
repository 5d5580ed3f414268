"""The tables of the journal, as numbered migrations; one that has been released is never changed again."""

from __future__ import annotations

_FIRST = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
    )""",
    """CREATE TABLE tasks (
        id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES conversations (id), parent_id TEXT NOT NULL,
        workspace TEXT NOT NULL, agent TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL,
        last_seq INTEGER NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
    )""",
    "CREATE INDEX tasks_by_time ON tasks (updated)",
    "CREATE INDEX tasks_by_conversation ON tasks (conversation_id)",
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL REFERENCES tasks (id), seq INTEGER NOT NULL,
        type TEXT NOT NULL, schema_version INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
        UNIQUE (task_id, seq)
    )""",
    """CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are only appended'); END""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are only appended'); END""",
    """CREATE TABLE effects (
        task_id TEXT NOT NULL REFERENCES tasks (id), id TEXT NOT NULL, intended INTEGER NOT NULL, finished INTEGER,
        PRIMARY KEY (task_id, id)
    )""",
    """CREATE TABLE approvals (
        id TEXT PRIMARY KEY, task_id TEXT NOT NULL REFERENCES tasks (id), call_index INTEGER NOT NULL,
        tool TEXT NOT NULL, action TEXT NOT NULL, action_hash TEXT NOT NULL, grant_hashes TEXT NOT NULL,
        decision TEXT NOT NULL, request TEXT NOT NULL, choices TEXT NOT NULL, nonce TEXT NOT NULL,
        status TEXT NOT NULL, choice TEXT NOT NULL,
        comment TEXT NOT NULL, answered_by TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL, answered REAL
    )""",
    "CREATE INDEX approvals_by_status ON approvals (status)",
    """CREATE TABLE grants (
        id TEXT PRIMARY KEY, effect TEXT NOT NULL, scope TEXT NOT NULL, action_hash TEXT NOT NULL,
        task_id TEXT NOT NULL REFERENCES tasks (id), workspace TEXT NOT NULL, title TEXT NOT NULL,
        created REAL NOT NULL, expires REAL, last_used REAL, uses INTEGER NOT NULL, revoked REAL
    )""",
    "CREATE INDEX grants_by_hash ON grants (action_hash)",
)

# Tasks that are over can be forgotten; what was answered for longer holds without them.
_SECOND = (
    "ALTER TABLE tasks ADD COLUMN is_forgotten INTEGER NOT NULL DEFAULT 0",
    """CREATE TRIGGER tasks_that_can_go_on_are_kept BEFORE UPDATE OF is_forgotten ON tasks
        WHEN OLD.parent_id = '' AND OLD.status NOT IN ('completed', 'cancelled', 'failed')
        BEGIN SELECT RAISE(ABORT, 'this task can be gone on with'); END""",
    "DROP TRIGGER events_are_not_deleted",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
        WHEN (SELECT is_forgotten FROM tasks WHERE id = OLD.task_id) IS NOT 1
        BEGIN SELECT RAISE(ABORT, 'events are only appended'); END""",
    """CREATE TABLE standing (
        id TEXT PRIMARY KEY, effect TEXT NOT NULL, scope TEXT NOT NULL, action_hash TEXT NOT NULL,
        task_id TEXT NOT NULL, workspace TEXT NOT NULL, title TEXT NOT NULL,
        created REAL NOT NULL, expires REAL, last_used REAL, uses INTEGER NOT NULL, revoked REAL
    )""",
    "INSERT INTO standing SELECT * FROM grants",
    "DROP TABLE grants",
    "ALTER TABLE standing RENAME TO grants",
    "CREATE INDEX grants_by_hash ON grants (action_hash)",
    "CREATE TABLE upkeep (at REAL NOT NULL)",
)

MIGRATIONS = (_FIRST, _SECOND)
