"""From messages to handlers and back: every request gets exactly one answer, whatever happens.

A request is answered when its handler returns or fails, when it is cancelled, or when it cannot be served at all;
whichever comes first takes the request out of `_pending`, and only who takes it out may answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from functools import partial
from typing import Any

from pylot.kernel.errors import ActionRefusedError, JournalError, OperationCancelledError, PylotError
from pylot.kernel.stories import story
from pylot.lsp.context import Context
from pylot.lsp.dispatch_table import NOTIFICATIONS, REQUESTS, Route, Run
from pylot.lsp.errors import ErrorCode, InvalidParamsError, RequestError
from pylot.lsp.fields import at
from pylot.lsp.messages import Malformed, Message, MessageId, Notification, Request, Response

logger = logging.getLogger(__name__)

SendPayload = Callable[[dict[str, Any]], None]


class Phase(Enum):
    """Where the connection is in its life (LSP 3.18, "Server lifecycle")."""

    NEW = "new"
    RUNNING = "running"
    SHUT_DOWN = "shut down"


class Dispatcher:
    """Act on messages in the order of their arrival; belongs to the event loop."""

    def __init__(
        self,
        context: Context,
        *,
        send: SendPayload,
        to_json: Callable[[Any], Any],
        on_response: Callable[[dict[str, Any]], None],
    ) -> None:
        self.phase = Phase.NEW
        self._context = context
        self._send = send
        self._to_json = to_json
        self._on_response = on_response
        self._pending: dict[MessageId, asyncio.Future[Any]] = {}

    def handle(self, message: Message) -> None:
        """Act on one message; never raises."""
        match message:
            case Request():
                self._handle_request(message)
            case Notification():
                self._handle_notification(message)
            case Response(raw):
                self._on_response(raw)
            case Malformed(message_id, error):
                logger.warning("A message could not be read: %s", error.sentence)
                self._send({"jsonrpc": "2.0", "id": message_id, "error": error.payload()})

    def cancel_all(self) -> None:
        """Cancel and answer every request at work."""
        for message_id in list(self._pending):
            self._cancel(message_id)

    def _handle_request(self, request: Request) -> None:
        try:
            route = self._route(request)
            params = route.read(request.params)
            if request.method == "shutdown":
                self.phase = Phase.SHUT_DOWN
                self.cancel_all()
            result = route.handle(self._context, params)
            if route.run is Run.TASK:
                self._start(request, result)
                return
            if request.method == "initialize":
                self.phase = Phase.RUNNING
            self._send_result(request.id, result)
        except Exception as error:
            self._send_error(request, error)

    def _route(self, request: Request) -> Route:
        if request.method == "initialize" and self.phase is not Phase.NEW:
            raise RequestError(ErrorCode.INVALID_REQUEST, "The server has been initialized already.")
        if request.method != "initialize" and self.phase is Phase.NEW:
            raise RequestError(ErrorCode.SERVER_NOT_INITIALIZED, "The server has not been initialized yet.")
        if self.phase is Phase.SHUT_DOWN:
            raise RequestError(ErrorCode.INVALID_REQUEST, "The server has been shut down.")
        if request.id in self._pending:
            raise RequestError(ErrorCode.INVALID_REQUEST, "A request with this id is at work already.")
        route = REQUESTS.get(request.method)
        if route is None:
            raise RequestError(ErrorCode.METHOD_NOT_FOUND, "Pylot has no such method.")
        return route

    def _start(self, request: Request, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._pending[request.id] = task
        task.add_done_callback(partial(self._finish, request))

    def _finish(self, request: Request, task: asyncio.Future[Any]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self._pending.get(request.id) is not task:
            return
        del self._pending[request.id]
        if error is not None:
            self._send_error(request, error)
            return
        try:
            self._send_result(request.id, task.result())
        except Exception as failure:
            self._send_error(request, failure)

    def _cancel(self, message_id: MessageId) -> None:
        task = self._pending.pop(message_id, None)
        if task is not None:
            task.cancel()
            self._send({"jsonrpc": "2.0", "id": message_id, "error": _CANCELLED.payload()})

    def _handle_notification(self, notification: Notification) -> None:
        method = notification.method
        if method == "exit":
            self._context.leave(0 if self.phase is Phase.SHUT_DOWN else 1, "The client has asked to exit.")
        elif method == "$/cancelRequest":
            message_id = at(notification.params, "id")
            if isinstance(message_id, int | float | str):
                self._cancel(message_id)
        elif self.phase is Phase.RUNNING and method in NOTIFICATIONS:
            self._notify(NOTIFICATIONS[method], notification)

    def _notify(self, route: Route, notification: Notification) -> None:
        try:
            route.handle(self._context, route.read(notification.params))
        except InvalidParamsError as error:
            logger.warning("Ignored %s: %s", notification.method, error.sentence)
        except Exception as error:
            logger.error("%s failed: %s", notification.method, story(error))

    def _send_result(self, message_id: MessageId, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": message_id, "result": self._to_json(result)})

    def _send_error(self, request: Request, error: BaseException) -> None:
        match error:
            case RequestError():
                answer = error
            case asyncio.CancelledError():
                answer = _CANCELLED
            case OperationCancelledError():
                answer = RequestError(ErrorCode.REQUEST_CANCELLED, error.sentence)
            case ActionRefusedError() | JournalError():
                answer = RequestError(ErrorCode.REQUEST_FAILED, error.sentence)
            case PylotError():
                logger.error("%s failed: %s %s", request.method, error.detail, story(error))
                answer = RequestError(ErrorCode.INTERNAL_ERROR, error.sentence)
            case _:
                logger.error("%s failed: %s", request.method, story(error))
                answer = RequestError(ErrorCode.INTERNAL_ERROR, "Pylot could not do this; its log says why.")
        self._send({"jsonrpc": "2.0", "id": request.id, "error": answer.payload()})


_CANCELLED = RequestError(ErrorCode.REQUEST_CANCELLED, "The request was cancelled.")
