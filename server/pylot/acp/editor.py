"""The editor behind one session: what is asked of it, and what it is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from acp import RequestError
from acp.helpers import text_block, tool_content, tool_diff_content
from acp.schema import PermissionOption, ToolCallUpdate

from pylot.acp.updates import TaskUpdates
from pylot.app.agent_client import Chosen, DocumentEdit
from pylot.app.client import FileProblem, Level, ProgressHandle
from pylot.journal.events import Recorded, ToolApprovalRequested
from pylot.kernel.stories import story
from pylot.text.uris import path_of

_log = logging.getLogger(__name__)
_KINDS = {
    "once": "allow_once",
    "task": "allow_always",
    "workspace": "allow_always",
    "user": "allow_always",
    "deny": "reject_once",
    "deny_always": "reject_always",
}


class Editor:
    """Implement `app.agent_client.AgentClient` and `app.client.Client` for one session of a connection."""

    can_ask = True
    waits_for_others = True

    def __init__(self, connection: Any, session_id: str) -> None:
        self._connection = connection
        self._session_id = session_id
        self._updates: TaskUpdates | None = None
        self._indexes: dict[str, int] = {}
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._sending: asyncio.Task[None] | None = None

    def begin(self, updates: TaskUpdates) -> None:
        """Show a task from now on."""
        self._updates = updates
        self._indexes.clear()
        self._sending = asyncio.create_task(self._send())

    async def end(self) -> None:
        """Return once everything has been shown."""
        if self._sending is not None:
            self._queue.put_nowait(None)
            await self._sending
            self._sending = None

    def heard(self, recorded: Recorded) -> None:
        """Show an event."""
        if self._updates is None:
            return
        if isinstance(recorded.event, ToolApprovalRequested):
            self._indexes[recorded.event.approval_id] = recorded.event.index
        self._put(self._updates.of_event(recorded))

    def say(self, text: str) -> None:
        """Show a sentence of Pylot's own behind the answer."""
        if self._updates is not None:
            self._put(self._updates.of_sentence(text))

    # For the agents

    def task_changed(self, update: dict[str, Any]) -> None:
        """Show the answer as it comes; the rest is shown by events."""
        if self._updates is not None:
            self._put(self._updates.of_answer(str(update.get("answer", ""))))

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        """Ask for permission; None when the editor has put the question away."""
        index = self._indexes.get(str(question["id"]), 0)
        call_id = self._updates.call_id(index) if self._updates is not None else str(question["id"])
        options = [
            PermissionOption(option_id=choice["id"], name=choice["title"], kind=_KINDS[choice["id"]])
            for choice in question["choices"]
            if choice["id"] in _KINDS
        ]
        asked = ToolCallUpdate(tool_call_id=call_id, title=question["title"], content=_content(question))
        try:
            answer = await self._connection.request_permission(self._session_id, asked, options)
        except (RequestError, ConnectionError) as error:
            _log.warning("the editor could not ask: %s", type(error).__name__)
            return None
        chosen = getattr(answer.outcome, "option_id", None)
        return Chosen(str(chosen)) if chosen else None

    async def ask_input(self, title: str, prompt: str, *, masked: bool) -> str | None:
        """Return None: the protocol has no way to ask for a line that is not shown."""
        return None

    async def ask_yes(self, question: str, yes: str) -> bool:
        """Return False: the protocol asks about calls of tools alone."""
        return False

    async def apply_edit(self, label: str, edit: DocumentEdit) -> bool:
        """Return False: the protocol tells of no open documents, so files are changed on the disk."""
        return False

    async def save(self, documents: Sequence[tuple[str, int]]) -> None:
        """Do nothing: no document is known to be open."""

    def begin_task_progress(self, title: str, on_cancel: Callable[[], None]) -> ProgressHandle:
        """Return a report that nobody sees: a prompt's turn is the report, and can be cancelled."""
        return _Silent()

    # For the session

    def show_message(self, level: Level, sentence: str) -> None:
        """Log it: the protocol shows nothing outside a turn."""
        _log.info("for the user: %s", sentence)

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        """Log it."""
        self.show_message(Level.WARNING, sentence)

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        """Log the problems of a configuration file."""
        for problem in problems:
            _log.info("line %d of %s: %s", problem.line + 1, path.name, problem.message)

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        """Return a report that nobody sees."""
        return _Silent()

    def publish_status(self, kind: str, sentence: str) -> None:
        """Do nothing."""

    def _put(self, updates: list[Any]) -> None:
        for update in updates:
            self._queue.put_nowait(update)

    async def _send(self) -> None:
        while (update := await self._queue.get()) is not None:
            try:
                await self._connection.session_update(self._session_id, update)
            except Exception as error:
                # An editor that is gone is found out by whoever reads from it.
                _log.warning("an update could not be sent: %s", story(error))


class _Silent:
    def report(self, message: str, percent: int | None = None) -> None:
        """Say nothing."""

    def end(self, message: str = "") -> None:
        """Say nothing."""


def _content(question: Mapping[str, Any]) -> list[Any]:
    """Return all that would be done: the change as a diff, or the whole command, and why it is asked."""
    content: list[Any] = [
        tool_diff_content(path_of(edit["uri"]) or edit["uri"], edit["after"], edit["before"])
        for edit in question.get("edits", ())
    ]
    command = question.get("command")
    lines = [f"$ {command['text']}", f"in {command['cwd']}, sandbox: {command['sandbox']}"] if command else []
    lines += [str(question.get("detail", "")), *map(str, question.get("reasons", ()))]
    if text := "\n".join(line for line in lines if line):
        content.append(tool_content(text_block(text)))
    return content
