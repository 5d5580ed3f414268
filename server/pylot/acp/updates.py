"""What happens to a task, as the updates of a session that an editor shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acp.helpers import (
    plan_entry,
    start_tool_call,
    text_block,
    tool_content,
    update_agent_message_text,
    update_agent_thought_text,
    update_plan,
    update_tool_call,
)
from acp.schema import ToolCallLocation

from pylot.app.task_view import subject
from pylot.journal.events import (
    ActionDirective,
    OpaqueEvent,
    PlanUpdated,
    Recorded,
    ToolCallFinished,
    ToolCallStarted,
)

_KINDS = {
    "file_read": "read",
    "code_outline": "read",
    "git_read": "read",
    "list_dir": "read",
    "search_files": "search",
    "file_write": "edit",
    "edit_file": "edit",
    "rename_symbol": "edit",
    "extract_code": "edit",
    "inline_symbol": "edit",
    "generate_tests": "edit",
    "generate_docs": "edit",
    "shell_exec_safe": "execute",
    "run_tests": "execute",
}
_PLAN_TOOL = "update_plan"
_LONGEST_OUTPUT = 20_000


class TaskUpdates:
    """Turn the events of one task into updates; `root` is what relative paths count from."""

    def __init__(self, task_id: str, root: Path) -> None:
        self._task_id = task_id
        self._root = root
        self._shown = ""

    def of_event(self, recorded: Recorded) -> list[Any]:
        """Return the updates that an event of the task makes."""
        event = recorded.event
        if recorded.task_id != self._task_id or isinstance(event, OpaqueEvent):
            return []
        match event:
            case ActionDirective() if thought := self._thought(event):
                return [update_agent_thought_text(thought)]
            case ToolCallStarted() if event.tool != _PLAN_TOOL:
                return [self._started(event)]
            case ToolCallFinished() if event.tool != _PLAN_TOOL:
                return [self._finished(event)]
            case PlanUpdated():
                return [update_plan(plan_entry(step["text"], status=step["status"]) for step in event.plan)]
        return []

    def of_answer(self, answer: str) -> list[Any]:
        """Return the update that shows what of an answer has not been shown; an answer begun anew is shown anew."""
        begun, self._shown = self._shown, answer
        if not answer or answer == begun:
            return []
        new = answer[len(begun) :] if begun and answer.startswith(begun) else f"\n\n{answer}" if begun else answer
        return [update_agent_message_text(new)]

    def of_sentence(self, sentence: str) -> list[Any]:
        """Return the update that shows a sentence of Pylot's own behind the answer."""
        return [update_agent_message_text(f"\n\n{sentence}" if self._shown else sentence)] if sentence else []

    def call_id(self, index: int) -> str:
        """Return what a call is named in updates and questions."""
        return f"{self._task_id}:{index}"

    def _thought(self, event: ActionDirective) -> str:
        calls = event.directive.get("calls")
        return str(event.directive.get("thought", "")) if calls else ""

    def _started(self, event: ToolCallStarted) -> Any:
        path = event.arguments.get("path")
        return start_tool_call(
            self.call_id(event.index),
            subject(event.tool, event.arguments),
            kind=_KINDS.get(event.tool, "other"),
            status="in_progress",
            locations=[ToolCallLocation(path=str(self._root / path))] if isinstance(path, str) and path else None,
            raw_input=event.arguments,
        )

    def _finished(self, event: ToolCallFinished) -> Any:
        text = "\n".join(part for part in (event.error, event.text[:_LONGEST_OUTPUT]) if part)
        return update_tool_call(
            self.call_id(event.index),
            status="completed" if event.ok else "failed",
            content=[tool_content(text_block(text))] if text else None,
        )
