"""Conversations: tasks that follow each other, and what was said in them (B1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pylot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation about one workspace; times in seconds since the epoch."""

    id: str
    workspace: str
    title: str
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation, and the task that it belongs to."""

    role: Literal["user", "assistant"]
    text: str
    task_id: str


def list_conversations(database: Database, workspace: str | None, limit: int) -> list[Conversation]:
    """Return conversations, the last one first."""
    condition, values = ("workspace = ?", (workspace,)) if workspace is not None else ("1", ())
    query = f"SELECT id, workspace, title, created, updated FROM conversations WHERE {condition}"
    return [
        Conversation(*row)
        for row in database.rows(f"{query} ORDER BY updated DESC, rowid DESC LIMIT ?", (*values, limit))
    ]


def history(database: Database, conversation_id: str, limit: int) -> list[Said]:
    """Return the last messages of a conversation in their order: what tasks were begun with, and all messages since."""
    query = """SELECT events.type, events.body, events.task_id FROM events JOIN tasks ON tasks.id = events.task_id
        WHERE tasks.conversation_id = ? AND tasks.parent_id = ''
            AND events.type IN ('task_created', 'message')
        ORDER BY events.position DESC LIMIT ?"""
    return [_said(*row) for row in reversed(database.rows(query, (conversation_id, limit)))]


def _said(type_name: str, body: str, task_id: str) -> Said:
    values = json.loads(body)
    if type_name == "task_created":
        return Said("user", str(values.get("prompt", "")), task_id)
    return Said("assistant" if values.get("role") == "assistant" else "user", str(values.get("text", "")), task_id)
