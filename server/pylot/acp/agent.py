"""The agent's side of the protocol: sessions are folders with a conversation, prompts are tasks of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acp import (
    PROTOCOL_VERSION,
    AuthenticateResponse,
    InitializeResponse,
    NewSessionResponse,
    PromptResponse,
    RequestError,
)
from acp.schema import AgentCapabilities, Implementation, PromptCapabilities

from pylot import __version__
from pylot.acp.editor import Editor
from pylot.acp.prompt_text import text_of
from pylot.acp.updates import TaskUpdates
from pylot.agent.run import RunRequest
from pylot.app.client import Client
from pylot.app.session import Session
from pylot.kernel.errors import PylotError
from pylot.kernel.ids import IdSequence

_log = logging.getLogger(__name__)
NewSession = Callable[[Client], Session]


@dataclass(slots=True)
class _Open:
    """One session of the editor; `task` is the one that a prompt is at, `stopped` the last one, if at a limit."""

    session: Session
    editor: Editor
    root: Path
    conversation: str = ""
    task: str = ""
    stopped: str = ""


class PylotAgent:
    """Fulfil `acp.interfaces.Agent` with Pylot's agents; owned by one event loop."""

    def __init__(self, new_session: NewSession) -> None:
        self._new_session = new_session
        self._open: dict[str, _Open] = {}
        self._ids = IdSequence("session")
        self._connection: Any = None

    def on_connect(self, conn: Any) -> None:
        """Take the connection to the editor."""
        self._connection = conn

    async def initialize(
        self, protocol_version: int, client_capabilities: Any = None, client_info: Any = None, **_: Any
    ) -> InitializeResponse:
        """Say what is understood: text and embedded files, no pictures, no servers of tools but the user's own."""
        return InitializeResponse(
            protocol_version=min(protocol_version, PROTOCOL_VERSION),
            agent_capabilities=AgentCapabilities(prompt_capabilities=PromptCapabilities(embedded_context=True)),
            agent_info=Implementation(name="pylot", title="Pylot", version=__version__),
            auth_methods=[],
        )

    async def authenticate(self, method_id: str, **_: Any) -> AuthenticateResponse:
        """Return at once: whoever started the process is the user."""
        return AuthenticateResponse()

    async def new_session(self, cwd: str, **_: Any) -> NewSessionResponse:
        """Open a folder; servers of tools that the editor names are not used, only those of the user's own file."""
        root = Path(cwd)
        if not root.is_absolute() or not await asyncio.to_thread(root.is_dir):
            raise RequestError.invalid_params({"details": "cwd is no folder on this machine."})
        session_id = self._ids.next()
        editor = Editor(self._connection, session_id)
        session = self._new_session(editor)
        session.set_folders([root])
        session.agents.client = editor
        self._open[session_id] = _Open(session, editor, root)
        return NewSessionResponse(session_id=session_id)

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> PromptResponse:
        """Do what is asked for as a task, show it as it goes on, and return how it ended."""
        current = self._session(session_id)
        if current.task:
            raise RequestError.invalid_request({"details": "This session is at work on a prompt already."})
        text = text_of(prompt)
        if not text:
            raise RequestError.invalid_params({"details": "The prompt holds no text."})
        try:
            return PromptResponse(stop_reason=await self._turn(current, text))
        except PylotError as error:
            raise RequestError.internal_error({"details": error.sentence}) from error
        finally:
            current.task = ""

    async def cancel(self, session_id: str, **_: Any) -> None:
        """Stop what a session is at work on."""
        current = self._session(session_id)
        if current.task:
            try:
                await current.session.agents.desk.cancel(current.task)
            except PylotError as error:
                _log.info("nothing was cancelled: %s", error.sentence)

    async def close(self) -> None:
        """Let go of all sessions; what is under way becomes interrupted."""
        for current in self._open.values():
            await current.session.close()

    async def _turn(self, current: _Open, text: str) -> Any:
        desk = current.session.agents.desk
        request = RunRequest(prompt=text, conversation=current.conversation)
        journal = await desk.book.journal()
        unsubscribe = journal.subscribe(current.editor.heard)
        try:
            current.task = "?"
            if current.stopped:
                task = await desk.resume(current.stopped, message=text, is_awaited=True)
            else:
                task = await desk.run(request, is_awaited=True)
            current.task, current.conversation = task.id, task.conversation_id
            current.editor.begin(TaskUpdates(task.id, current.root))
            result = await desk.result(task.id)
        finally:
            unsubscribe()
        status = str(result["status"])
        current.stopped = task.id if status == "limit" else ""
        if status not in ("completed", "cancelled"):
            current.editor.say(_why(status, str(result["message"]), task.id))
        await current.editor.end()
        return {"cancelled": "cancelled", "limit": "max_turn_requests"}.get(status, "end_turn")

    def _session(self, session_id: str) -> _Open:
        if session_id not in self._open:
            raise RequestError.invalid_params({"details": "There is no such session."})
        return self._open[session_id]


def _why(status: str, message: str, task_id: str) -> str:
    if status == "waiting_for_approval":
        return f"The task waits for your answer: `pylot approvals list`, then `pylot agent resume {task_id}`."
    return message or status.replace("_", " ").capitalize() + "."
