"""The session's way to the user, over LSP."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pylot.app.client import FileProblem, Level, ProgressHandle
from pylot.app.trusting import TRUST_BUTTON
from pylot.kernel.stories import story
from pylot.lsp import to_proto
from pylot.lsp.client_facts import ClientFacts

logger = logging.getLogger(__name__)

STATUS_NOTIFICATION = "pylot/status"
_MAX_HELD = 100


class ClientPort:
    """Implement `pylot.app.client.Client`; what is said before the client is ready waits until it is.

    `on_trust` is called with a folder that the user wants to trust.
    """

    def __init__(self, server: LanguageServer, is_congested: Callable[[], bool]) -> None:
        self.server = server
        self._is_congested = is_congested
        self._facts = ClientFacts()
        self._held: list[Callable[[], None]] | None = []
        self._tokens = itertools.count(1)
        self._found: frozenset[str] = frozenset()
        self._cancels: dict[str, Callable[[], None]] = {}
        self.on_trust: Callable[[Path], object] = lambda folder: None

    def open(self, facts: ClientFacts) -> None:
        """Begin to send, first what has waited."""
        self._facts = facts
        held, self._held = self._held or [], None
        for send in held:
            self._send(send)

    def show_message(self, level: Level, sentence: str) -> None:
        """Show one clear sentence."""
        params = types.ShowMessageParams(type=to_proto.message_type(level), message=sentence)
        self._send(lambda: self.server.window_show_message(params))

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        """Show one clear sentence with a button that lets the user be asked whether they trust the folder."""
        actions = [types.MessageActionItem(title=TRUST_BUTTON)]
        params = types.ShowMessageRequestParams(type=types.MessageType.Warning, message=sentence, actions=actions)

        def answered(answer: Future[object]) -> None:
            is_chosen = not answer.cancelled() and answer.exception() is None
            if is_chosen and getattr(answer.result(), "title", None) == TRUST_BUTTON:
                self.on_trust(folder)

        def ask() -> None:
            method = types.WINDOW_SHOW_MESSAGE_REQUEST
            self.server.protocol.send_request(method, params).add_done_callback(answered)

        self._send(ask)

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        """Show the problems of one file in place; an empty list takes them away."""
        found = tuple(problems)
        self._send(lambda: self._publish(path, found))

    def publish_found(self, uri: str, found: Sequence[types.Diagnostic]) -> None:
        """Show what was found in a document, instead of what was found before."""
        self._found = (self._found | {uri}) if found else (self._found - {uri})
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=list(found))
        self._send(lambda: self.server.text_document_publish_diagnostics(params))

    def forget_found(self, uri: str) -> None:
        """Take away what was found in a document that is closed."""
        if uri in self._found:
            self.publish_found(uri, [])

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        """Start a progress report (shown only where the client can show it); the user may end it with `on_cancel`."""
        token = f"pylot-{next(self._tokens)}"
        progress = _Progress(self.server, token, title, self._is_congested, lambda: self._cancels.pop(token, None))
        if on_cancel is not None:
            self._cancels[token] = on_cancel
            progress.is_cancellable = True
        self._send(lambda: progress.create() if self._facts.work_done_progress else None)
        return progress

    def cancel_progress(self, token: str) -> None:
        """Take in that the user wants an end of what a progress report is about."""
        cancel = self._cancels.pop(token, None)
        if cancel is not None:
            cancel()

    def notify(self, method: str, params: object) -> None:
        """Send a notification, once the client is ready for it."""
        self._send(lambda: self.server.protocol.notify(method, params))

    def publish_status(self, kind: str, sentence: str) -> None:
        """Tell clients that declared `experimental.pylot` how Pylot is."""
        status = {"kind": kind, "message": sentence}
        self._send(lambda: self._notify_status(status))

    def _publish(self, path: Path, problems: Sequence[FileProblem]) -> None:
        diagnostics = [to_proto.diagnostic(it) for it in problems]
        params = types.PublishDiagnosticsParams(uri=path.absolute().as_uri(), diagnostics=diagnostics)
        self.server.text_document_publish_diagnostics(params)

    def _notify_status(self, status: dict[str, str]) -> None:
        if self._facts.wants_status and not self._is_congested():
            self.server.protocol.notify(STATUS_NOTIFICATION, status)

    def _send(self, send: Callable[[], None]) -> None:
        if self._held is not None:
            if len(self._held) < _MAX_HELD:
                self._held.append(send)
            return
        try:
            send()
        except Exception as error:
            logger.error("A message to the client was lost: %s", story(error))


class _Progress:
    """One progress report; nothing is sent before the client has agreed to its token, and nothing after the end."""

    def __init__(
        self,
        server: LanguageServer,
        token: str,
        title: str,
        is_congested: Callable[[], bool],
        on_end: Callable[[], object],
    ) -> None:
        self.is_cancellable = False
        self._on_end = on_end
        self._server = server
        self._token = token
        self._title = title
        self._is_congested = is_congested
        self._begun = False
        self._ended = False
        self._latest: tuple[str, int | None] = ("", None)

    def create(self) -> None:
        """Ask the client for the report."""
        if not self._ended:
            params = types.WorkDoneProgressCreateParams(token=self._token)
            created = self._server.protocol.send_request(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params)
            created.add_done_callback(self._on_created)

    def report(self, message: str, percent: int | None = None) -> None:
        """Show where the work stands."""
        percent = None if percent is None else min(max(percent, 0), 100)
        self._latest = (message, percent)
        if self._begun and not self._ended and not self._is_congested():
            self._say(types.WorkDoneProgressReport(message=message, percentage=percent))

    def end(self, message: str = "") -> None:
        """Say that the work is over."""
        if self._begun and not self._ended:
            self._say(types.WorkDoneProgressEnd(message=message or None))
        self._ended = True
        self._on_end()

    def _on_created(self, created: Future[object]) -> None:
        if created.cancelled() or created.exception() is not None or self._ended:
            return
        message, percent = self._latest
        self._begun = True
        cancellable = self.is_cancellable or None
        begin = types.WorkDoneProgressBegin(
            title=self._title, cancellable=cancellable, message=message or None, percentage=percent
        )
        self._say(begin)

    def _say(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        try:
            self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))
        except Exception as error:
            logger.error("A progress report was lost: %s", story(error))
