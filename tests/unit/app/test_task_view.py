"""Where a task stands, worked out from its events (A16)."""

from __future__ import annotations

from typing import Any

import pytest

from pylot.app.task_view import TaskView, subject
from pylot.journal.events import (
    AnyEvent,
    ApprovalAnswered,
    CognitionResponse,
    LimitReached,
    PlanUpdated,
    Recorded,
    StatusChanged,
    TaskCancelled,
    TaskCompleted,
    TaskContinued,
    TaskCreated,
    TaskFailed,
    TaskWaiting,
    ToolApprovalRequested,
    ToolCallStarted,
)
from pylot.journal.tasks import Status, Task

TASK = Task("task-1", "talk-1", "", "/home/ann/project", "main", "Mend it", Status.QUEUED, "", 1, 0, 0)
CALL = ToolCallStarted(index=3, tool="file_read", arguments={"path": "main.py"})
ASKED = ToolApprovalRequested(index=4, tool="t", action={}, approval_id="ask-1", request={"title": "Run make"})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], {"status": "queued"}),
        ([TaskContinued(), StatusChanged(status="planning")], {"message": "Planning the next step"}),
        ([TaskContinued(), StatusChanged(status="running_tool", detail="file_read")], {"message": None}),
        ([TaskContinued(), CALL, ToolCallStarted(index=4, tool="update_plan")], {"message": "file_read main.py"}),
        ([TaskContinued(), CALL], {"status": "running", "message": "file_read main.py", "step": 3}),
        (
            [TaskContinued(), CALL, ASKED, TaskWaiting()],
            {"status": "waiting_for_approval", "message": "Run make", "pendingApprovals": 1},
        ),
        (
            [TaskContinued(), ASKED, TaskWaiting(), ApprovalAnswered(approval_id="ask-1", choice="deny")],
            {"status": "waiting_for_approval", "pendingApprovals": 0},
        ),
        ([TaskContinued(), ASKED, TaskWaiting(), TaskCancelled()], {"status": "cancelled", "pendingApprovals": 0}),
        (
            [TaskContinued(), PlanUpdated(plan=({"text": "a", "status": "pending"},))],
            {"plan": [{"text": "a", "status": "pending"}]},
        ),
        (
            [TaskContinued(), CognitionResponse(text="Done."), TaskCompleted(answer="Done.")],
            {"status": "completed", "answer": "Done."},
        ),
        ([TaskContinued(), TaskFailed(sentence="No model.")], {"status": "failed", "message": "No model."}),
        ([TaskContinued(), LimitReached(sentence="Enough.")], {"status": "limit", "message": "Enough."}),
    ],
)
def test_what_a_client_is_told(events: list[AnyEvent], expected: dict[str, Any]) -> None:
    view = TaskView(TASK)
    for seq, event in enumerate([TaskCreated(prompt="Mend it"), *events], 1):
        view.apply(Recorded(seq, TASK.id, seq, 0.0, event))

    told = view.to_json()
    assert {name: told.get(name) for name in expected} == expected
    assert (told["taskId"], told["title"]) == ("task-1", "Mend it")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "t"),
        ({"query": "retry", "mode": "text"}, "t retry"),
        ({"argv": ["make", "-j"]}, "t make -j"),
        ({"command": "a\nb"}, "t a"),
        ({"command": "x" * 200}, f"t {'x' * 100}…"),
    ],
)
def test_a_call_in_a_few_words(arguments: dict[str, Any], expected: str) -> None:
    assert subject("t", arguments) == expected
