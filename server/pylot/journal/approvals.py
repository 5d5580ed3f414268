"""Questions to the user as records: each is answered once, from wherever, and an allowing answer is used once (D5)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pylot.journal.event_log import append_events
from pylot.journal.events import ApprovalAnswered, ApprovalUsed, Json, Recorded, TaskWaiting, ToolApprovalRequested
from pylot.journal.grants import Effect, GrantScope, add_grant
from pylot.journal.identifiers import new_id
from pylot.journal.tasks import get_task, record
from pylot.kernel.errors import JournalError
from pylot.storage.database import Database

Choice = Literal["once", "task", "workspace", "user", "deny", "deny_always"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
ALLOWING: frozenset[str] = frozenset({"once", "task", "workspace", "user"})
# What an answer says about the next time.
_STANDING: dict[str, tuple[Effect, GrantScope]] = {
    "task": ("allow", "task"),
    "workspace": ("allow", "workspace"),
    "user": ("allow", "user"),
    "deny_always": ("deny", "user"),
}

SHORTEST_BEGINNING = 8
_DAY = 24 * 3600.0
PENDING_SECONDS = 30 * _DAY
# What was allowed a day ago and has not been done since is asked about again.
ANSWER_SECONDS = _DAY


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A question: `action` is what will be done, exactly, and `request` what the user is shown of it.

    `grant_hashes` are the hashes that a standing answer of a scope holds for, where that is not `action_hash`.
    """

    task_id: str
    index: int
    tool: str
    action: Json
    action_hash: str
    title: str
    choices: tuple[str, ...] = CHOICES
    reason: str = ""
    risk: str = "medium"
    decision: Json | None = None
    request: Json | None = None
    grant_hashes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A question and what has become of it; times in seconds since the epoch.

    `status` is one of pending, answered, used and withdrawn.
    `nonce` is what the action is done with, and never shown.
    """

    id: str
    task_id: str
    index: int
    tool: str
    action: Json
    action_hash: str
    grant_hashes: Mapping[str, str]
    decision: Json
    request: Json
    choices: tuple[str, ...]
    nonce: str
    status: str
    choice: str
    comment: str
    answered_by: str
    created: float
    expires: float
    answered: float | None

    @property
    def title(self) -> str:
        """What is asked, in one line."""
        return str(self.request.get("title", self.tool))

    @property
    def allows(self) -> bool:
        """Whether the user has said yes."""
        return self.choice in ALLOWING

    def to_json(self) -> Json:
        """Return the question as JSON values, without its nonce and the stored action."""
        return {
            "id": self.id, "taskId": self.task_id, "tool": self.tool, **self.request, "choices": list(self.choices),
            "status": self.status, "choice": self.choice, "comment": self.comment, "created": self.created,
            "expires": self.expires,
        }  # fmt: skip


_COLUMNS = (
    "id, task_id, call_index, tool, action, action_hash, grant_hashes, decision, request, choices, nonce, status, "
    "choice, comment, answered_by, created, expires, answered"
)


def request_approval(database: Database, new: NewApproval, now: float) -> tuple[Approval, list[Recorded]]:
    """Write a question; its task waits from now on."""
    approval_id = new_id("ask")
    request = {"title": new.title, "risk": new.risk, **(new.request or {})}
    values = (
        approval_id, new.task_id, new.index, new.tool, json.dumps(new.action), new.action_hash,
        json.dumps(dict(new.grant_hashes or {})),
        json.dumps(new.decision or {}), json.dumps(request), json.dumps(list(new.choices)), secrets.token_hex(16),
        now, now + PENDING_SECONDS,
    )  # fmt: skip
    marks = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '', '', '', ?, ?, NULL"
    database.run(f"INSERT INTO approvals ({_COLUMNS}) VALUES ({marks})", values)
    asked = ToolApprovalRequested(
        index=new.index,
        tool=new.tool,
        action=new.action,
        approval_id=approval_id,
        reason=new.reason,
        risk=new.risk,
        request=request,
        choices=new.choices,
    )
    recorded = record(database, new.task_id, [asked, TaskWaiting(approval_ids=(approval_id,))], now)
    return get_approval(database, approval_id), recorded


def get_approval(database: Database, approval_id: str) -> Approval:
    """Return a question by its whole id, so that no answer can miss the question that it is for.

    Raises JournalError where there is none.
    """
    rows = database.rows(f"SELECT {_COLUMNS} FROM approvals WHERE id = ?", (approval_id,))
    if not rows:
        raise JournalError("There is no such approval.")
    return _approval(rows[0])


def find_approval(database: Database, typed: str) -> Approval:
    """Return the one question that somebody means who types the beginning of its id, at least 8 characters of it.

    Raises JournalError where there is none or more than one, or where too little was typed.
    """
    if len(typed) < SHORTEST_BEGINNING:
        raise JournalError(f"Give at least the first {SHORTEST_BEGINNING} characters of the approval's id.")
    rows = database.rows("SELECT id FROM approvals WHERE substr(id, 1, ?) = ?", (len(typed), typed))
    if len(rows) > 1 and (typed,) not in rows:
        raise JournalError("Several approvals begin like this.")
    return get_approval(database, rows[0][0] if len(rows) == 1 else typed)


def list_approvals(database: Database, now: float, *, task_id: str | None, only_pending: bool) -> list[Approval]:
    """Return questions in the order of asking."""
    conditions, values = ["1"], list[Any]()
    if only_pending:
        conditions.append("status = 'pending' AND expires > ?")
        values.append(now)
    if task_id is not None:
        conditions.append("task_id = ?")
        values.append(task_id)
    query = f"SELECT {_COLUMNS} FROM approvals WHERE {' AND '.join(conditions)} ORDER BY created, rowid"
    return [_approval(row) for row in database.rows(query, values)]


def answer_approval(
    database: Database, approval_id: str, choice: str, comment: str, by: str, now: float, grant_seconds: float
) -> tuple[Approval, list[Recorded]]:
    """Write the user's answer; raises JournalError for one that is not offered, too late or the second one."""
    approval = get_approval(database, approval_id)
    if approval.status != "pending":
        raise JournalError("This has been answered already." if approval.choice else "This is no longer asked.")
    if approval.expires <= now:
        raise JournalError("This question is too old to be answered; resume its task to be asked again.")
    if choice not in approval.choices:
        raise JournalError(f"The answer must be one of: {', '.join(approval.choices)}.")
    database.run(
        "UPDATE approvals SET status = 'answered', choice = ?, comment = ?, answered_by = ?, answered = ?, expires = ? "
        "WHERE id = ?",
        (choice, comment, by, now, now + ANSWER_SECONDS, approval.id),
    )
    event = ApprovalAnswered(approval_id=approval.id, choice=choice, comment=comment, by=by)
    recorded = append_events(database, approval.task_id, [event], now)
    if choice in _STANDING:
        effect, scope = _STANDING[choice]
        workspace = get_task(database, approval.task_id).workspace
        recorded += add_grant(
            database,
            effect=effect,
            scope=scope,
            action_hash=approval.grant_hashes.get(scope, approval.action_hash),
            task_id=approval.task_id,
            workspace=workspace,
            title=approval.title,
            now=now,
            allow_seconds=grant_seconds,
        )
    return get_approval(database, approval.id), recorded


def use_approval(database: Database, approval_id: str, nonce: str, action_hash: str, now: float) -> list[Recorded]:
    """Use an allowing answer up for exactly the action that was asked about; raises JournalError otherwise."""
    approval = get_approval(database, approval_id)
    if approval.status != "answered" or not approval.allows:
        raise JournalError("This has not been allowed, or has been done already.")
    if not secrets.compare_digest(approval.nonce, nonce) or approval.action_hash != action_hash:
        raise JournalError("What is to be done is not what was allowed.")
    if approval.expires <= now:
        raise JournalError("This was allowed too long ago.")
    database.run("UPDATE approvals SET status = 'used' WHERE id = ?", (approval.id,))
    return append_events(database, approval.task_id, [ApprovalUsed(approval_id=approval.id)], now)


def withdraw_approvals(database: Database, task_ids: Sequence[str]) -> None:
    """Ask no longer for tasks that are over."""
    for task_id in task_ids:
        database.run("UPDATE approvals SET status = 'withdrawn' WHERE task_id = ? AND status = 'pending'", (task_id,))


def _approval(row: tuple[Any, ...]) -> Approval:
    values = list(row)
    for column in (4, 6, 7, 8):
        values[column] = json.loads(values[column])
    values[9] = tuple(json.loads(values[9]))
    return Approval(*values)
