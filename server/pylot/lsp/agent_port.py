"""An agent's way to the user over LSP: with Pylot's own requests where the client knows them, with LSP's elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pylot.app.agent_client import Chosen, DocumentEdit
from pylot.app.client import Level, ProgressHandle
from pylot.app.question_page import question_page
from pylot.app.trusting import TRUST_BUTTON, TRUST_CHOICE
from pylot.kernel.errors import PylotError, StorageError
from pylot.kernel.overlap import common_prefix_length, common_suffix_length
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.client_port import ClientPort
from pylot.storage.capped_folder import CappedFolder

logger = logging.getLogger(__name__)

APPROVAL_REQUEST = "pylot/approval"
INPUT_REQUEST = "pylot/input"
SAVE_REQUEST = "pylot/save"
TASK_UPDATE = "pylot/taskUpdate"

GoOn = Callable[[str], Coroutine[Any, Any, object]]
InBackground = Callable[[Coroutine[Any, Any, None]], object]

# At most four fit into a message of every editor (T24).
_TITLES = {"Allow once": "once", "Allow for this task": "task", "Deny": "deny", TRUST_BUTTON: TRUST_CHOICE}
_SHOW_DETAILS = "Show details"
_CONTINUE, _STOP, _CANCEL = "Continue", "Stop", "Cancel"
_LONGEST_MESSAGE = 1000
# An editor may format on saving, or ask the user something.
_SAVE_SECONDS = 10.0
_LONGEST_ANSWER = 400
# What was shown may hold code, and is asked for again where it is gone.
_MOST_BYTES_OF_PAGES = 1 << 20
_OVER = frozenset({"completed", "failed", "limit"})


class AgentPort:
    """Implement `app.agent_client.AgentClient`; `pages` is a folder for what is too long for a message.

    `go_on` goes on with a task that has reached a limit, when the user wants that.
    """

    can_ask = True
    waits_for_others = True

    def __init__(
        self, port: ClientPort, facts: ClientFacts, pages: Path, in_background: InBackground, go_on: GoOn
    ) -> None:
        self._in_background = in_background
        self._port = port
        self._facts = facts
        self._pages = pages
        self._go_on = go_on
        self._ids = itertools.count(1)

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        """Ask by `pylot/approval`, or by a message with four answers."""
        if not self._facts.asks_approvals:
            return await self._ask_by_message(question)
        answer = await self._request(APPROVAL_REQUEST, dict(question))
        choice, comment = getattr(answer, "choice", None), getattr(answer, "comment", None)
        if not isinstance(choice, str):
            return None
        return Chosen(choice, comment if isinstance(comment, str) else "")

    async def ask_input(self, title: str, prompt: str, *, masked: bool) -> str | None:
        """Ask by `pylot/input`; what is typed is never logged."""
        if not self._facts.asks_input:
            return None
        params = {"id": f"input-{next(self._ids)}", "title": title, "prompt": prompt, "masked": masked}
        value = getattr(await self._request(INPUT_REQUEST, params), "value", None)
        return value if isinstance(value, str) else None

    async def ask_yes(self, question: str, yes: str) -> bool:
        """Ask by a message with two answers."""
        actions = [types.MessageActionItem(title=title) for title in (yes, _CANCEL)]
        params = types.ShowMessageRequestParams(types.MessageType.Warning, _shortened(question), actions)
        return getattr(await self._request(types.WINDOW_SHOW_MESSAGE_REQUEST, params), "title", None) == yes

    async def apply_edit(self, label: str, edit: DocumentEdit) -> bool:
        """Change a document by `workspace/applyEdit`, of exactly the version that the change was made for."""
        if not self._facts.versioned_edits:
            # Without a version nobody knows which text the edit would meet.
            return False
        change = types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier(edit.uri, edit.version), [_text_edit(edit, self._facts)]
        )
        params = types.ApplyWorkspaceEditParams(edit=types.WorkspaceEdit(document_changes=[change]), label=label)
        result = await self._request(types.WORKSPACE_APPLY_EDIT, params)
        return bool(getattr(result, "applied", False))

    async def save(self, documents: Sequence[tuple[str, int]]) -> None:
        """Ask for it by `pylot/save`, and wait no longer than an editor takes that only saves."""
        if not self._facts.saves_documents or not documents:
            return
        params = {"documents": [{"uri": uri, "version": version} for uri, version in documents]}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._request(SAVE_REQUEST, params), _SAVE_SECONDS)

    def task_changed(self, update: dict[str, Any]) -> None:
        """Send `pylot/taskUpdate`, or show the end of a task in a message."""
        if self._facts.shows_tasks:
            self._port.notify(TASK_UPDATE, {name: value for name, value in update.items() if name != "awaited"})
        elif update["status"] in _OVER and not update.get("awaited"):
            self._in_background(self._show_end(update))

    def begin_task_progress(self, title: str, on_cancel: Callable[[], None]) -> ProgressHandle:
        """Start a progress report with a button that cancels."""
        return self._port.begin_progress(title, on_cancel)

    async def _ask_by_message(self, question: Mapping[str, Any]) -> Chosen | None:
        offered = {choice["id"] for choice in question["choices"]}
        titles = [title for title, choice in _TITLES.items() if choice in offered] + [_SHOW_DETAILS]
        # Helix makes the answers no wider than the question.
        message = _shortened(_message(question))
        params = types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=message,
            actions=[types.MessageActionItem(title=title) for title in titles],
        )
        while True:
            chosen = await self._request(types.WINDOW_SHOW_MESSAGE_REQUEST, params)
            title = getattr(chosen, "title", None)
            if title != _SHOW_DETAILS:
                choice = _TITLES.get(str(title))
                return Chosen(choice) if choice is not None else None
            await self._show_page(f"{question['id']}.txt", question_page(question))

    async def _show_end(self, update: Mapping[str, Any]) -> None:
        answer, message = str(update.get("answer", "")), str(update.get("message", ""))
        if update["status"] == "limit":
            await self._offer_more(update, f"{message}\n{answer}".strip())
        elif update["status"] != "completed":
            self._port.show_message(Level.WARNING, message or answer)
        elif len(answer) <= _LONGEST_ANSWER:
            self._port.show_message(Level.INFO, answer)
        else:
            await self._show_page(f"{update['taskId']}.md", answer)

    async def _offer_more(self, update: Mapping[str, Any], message: str) -> None:
        """Ask whether a task that has reached a limit is to go on (A7)."""
        actions = [types.MessageActionItem(title=title) for title in (_CONTINUE, _STOP)]
        params = types.ShowMessageRequestParams(types.MessageType.Warning, _shortened(message), actions)
        chosen = await self._request(types.WINDOW_SHOW_MESSAGE_REQUEST, params)
        if getattr(chosen, "title", None) != _CONTINUE:
            return
        try:
            await self._go_on(str(update["taskId"]))
        except PylotError as error:
            self._port.show_message(Level.WARNING, error.sentence)

    async def _show_page(self, name: str, text: str) -> None:
        """Show a text in the editor: as a document where it can, in a message elsewhere."""
        if self._facts.shows_documents:
            try:
                path = await asyncio.to_thread(self._write_page, name, text)
            except (OSError, PylotError) as error:
                logger.warning("A page could not be written (%s).", type(error).__name__)
            else:
                params = types.ShowDocumentParams(uri=path.as_uri(), take_focus=True)
                shown = await self._request(types.WINDOW_SHOW_DOCUMENT, params)
                if getattr(shown, "success", False):
                    return
        self._port.show_message(Level.INFO, text)

    def _write_page(self, name: str, text: str) -> Path:
        if not CappedFolder(self._pages, _MOST_BYTES_OF_PAGES).write(name, [text.encode("utf-8", "replace")]):
            raise StorageError("This is too long to be shown.")
        return self._pages / name

    async def _request(self, method: str, params: object) -> object:
        """Return the client's answer, or None for an error; takes the question back when nobody waits any more."""
        message_id = f"agent-{next(self._ids)}"
        answer = asyncio.ensure_future(self._port.server.protocol.send_request_async(method, params, message_id))
        answer.add_done_callback(_forget_error)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            self._port.notify(types.CANCEL_REQUEST, types.CancelParams(id=message_id))
            raise
        except JsonRpcException as error:
            logger.info("The client did not answer %s (error %s).", method, error.code)
            return None


def _forget_error(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()


def _text_edit(edit: DocumentEdit, facts: ClientFacts) -> types.TextEdit:
    """Return the one edit between two texts, without what both begin and end with, so that the cursor stays."""
    before, after = edit.before.text, edit.after
    start = common_prefix_length(before, after)
    end = common_suffix_length(before, after, min(len(before), len(after)) - start)
    first, last = (edit.before.position_at(at, facts.encoding) for at in (start, len(before) - end))
    place = types.Range(types.Position(first.line, first.character), types.Position(last.line, last.character))
    return types.TextEdit(place, after[start : len(after) - end])


def _message(question: Mapping[str, Any]) -> str:
    """Return what is asked, what would run, and Pylot's reasons; what the model says comes last."""
    title, command = str(question["title"]), str((question.get("command") or {}).get("text", ""))
    shown = [] if command in title else [command]
    lines = [f"Pylot asks: {title}", *shown, *question["reasons"], str(question["detail"])]
    return "\n".join(line for line in lines if line)


def _shortened(text: str) -> str:
    """Return as much of a text as fits into a message, saying that there is more."""
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return f"{text[:_LONGEST_MESSAGE]}\n… ({len(text) - _LONGEST_MESSAGE} more characters: {_SHOW_DETAILS})"
