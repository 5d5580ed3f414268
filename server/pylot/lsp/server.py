"""The language server on standard input and output."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from functools import partial
from typing import Any

from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from pylot import __version__
from pylot.kernel.stories import story
from pylot.lsp.client_port import ClientPort
from pylot.lsp.context import Context, Options, SessionFactory
from pylot.lsp.departure import Departure
from pylot.lsp.dispatcher import Dispatcher
from pylot.lsp.errors import ErrorCode, RequestError
from pylot.lsp.frames import Body, FrameReader, NotLspError, Skipped, frame
from pylot.lsp.loop_errors import log_loop_error
from pylot.lsp.messages import decode, encode
from pylot.lsp.quick_turns import allow_quick_turns
from pylot.lsp.stdio import ByteWriter, claim_stdio, read_in_thread

logger = logging.getLogger(__name__)

_MAX_UNHANDLED = 16
_CLOSE_TIMEOUT = 1.0
_DRAIN_TIMEOUT = 0.4


def run_stdio(session_factory: SessionFactory, options: Options | None = None) -> int:
    """Serve one client until it leaves; return the process's exit code.

    Must be the last thing a process does: once the client has left, a timer ends the process by force
    if threads of the session keep it alive. Standard output belongs to the protocol from here on.
    """
    # pygls writes whole messages, and so the user's code, to its log.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    descriptors = claim_stdio()
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_serve(descriptors, session_factory, options or Options()))
    finally:
        loop.close()


async def _serve(descriptors: tuple[int, int], session_factory: SessionFactory, options: Options) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_loop_error)
    departure = Departure(loop)
    _leave_on_signals(departure)
    writer = ByteWriter(descriptors[1], partial(departure.ask_in_turn, 0, "The client no longer reads."))
    converter = default_converter()  # type: ignore[no-untyped-call]
    pygls_server = LanguageServer("pylot", __version__, converter_factory=lambda: converter)
    # pygls also asks for `close`, which only its own handler of `exit` calls.
    pygls_server.protocol.set_writer(writer)  # type: ignore[arg-type]
    port = ClientPort(pygls_server, lambda: writer.congested)
    context = Context(port, session_factory, options, leave=departure.ask)
    dispatcher = Dispatcher(
        context,
        send=lambda payload: writer.write(frame(encode(payload))),
        to_json=converter.unstructure,
        on_response=partial(_hand_over_response, pygls_server),
    )
    inlet = _Inlet(dispatcher, writer, departure)
    allow_quick_turns()
    read_in_thread(descriptors[0], inlet.take, partial(departure.ask_in_turn, 0, "The client has closed its end."))
    code, reason = await departure.wait()
    logger.info("Leaving with code %d. %s", code, reason)
    dispatcher.cancel_all()
    await asyncio.wait([context.begin_close()], timeout=_CLOSE_TIMEOUT)
    writer.drain(_DRAIN_TIMEOUT)
    return code


class _Inlet:
    """Carry messages from the reading thread to the event loop, a few at a time."""

    def __init__(self, dispatcher: Dispatcher, writer: ByteWriter, departure: Departure) -> None:
        self._dispatcher = dispatcher
        self._writer = writer
        self._departure = departure
        self._loop = asyncio.get_running_loop()
        self._frames = FrameReader()
        self._slots = threading.Semaphore(_MAX_UNHANDLED)

    def take(self, data: bytes) -> bool:
        """Take what the reading thread has read; false ends the reading."""
        # A client that does not take its answers gets no more questions in.
        self._writer.wait_until_relieved()
        try:
            for event in self._frames.feed(data):
                if isinstance(event, Skipped):
                    logger.warning("%s", event.sentence)
                    continue
                self._slots.acquire()
                self._loop.call_soon_threadsafe(self._handle, event)
        except NotLspError as error:
            logger.error("%s", error)
            self._departure.ask_in_turn(1, "The input is not LSP.")
            return False
        except RuntimeError:
            # The loop has been closed meanwhile.
            return False
        return True

    def _handle(self, body: Body) -> None:
        self._slots.release()
        self._dispatcher.handle(decode(body.data))


def _hand_over_response(server: LanguageServer, raw: dict[str, Any]) -> None:
    """Let pygls find out who waits for a response; one that cannot be read counts as an error."""
    protocol = server.protocol
    try:
        protocol.handle_message(protocol.structure_message(raw))
    except Exception as error:
        logger.warning("A response could not be read: %s", story(error))
        message_id = raw.get("id")
        if isinstance(message_id, str):
            failure = RequestError(ErrorCode.INVALID_REQUEST, "The response could not be read.").payload()
            protocol.handle_message(protocol.structure_message({"jsonrpc": "2.0", "id": message_id, "error": failure}))


def _leave_on_signals(departure: Departure) -> None:
    def leave(_number: int, _frame: object) -> None:
        departure.ask_in_turn(0, "The process was told to end.")

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
