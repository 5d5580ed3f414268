"""The beginning and the end of a shared process: say who it is and when it is ready, serve, take the address away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from pylot.ipc.client import Client
from pylot.ipc.detaching import leave_starter
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.kind import Kind
from pylot.ipc.service import Service
from pylot.kernel.errors import PylotError
from pylot.kernel.stories import refusal, story

_log = logging.getLogger(__name__)
_LIVE_SECONDS = 2.0


def run_shared(kind: Kind, work: Callable[[TextIO], None], *, log_file: Path | None, detach: bool) -> int:
    """Run `work`, which ends in `serve`, in a process that others share; return its exit code.

    Writes two lines to stdout: `{"pid": ...}` at once, then `{"ready": ...}` or `{"error": ...}`.
    """
    if detach and leave_starter(sys.argv[1:]):
        return 0
    ready = os.fdopen(os.dup(1), "w")
    _tell(ready, {"pid": os.getpid()})
    _redirect_output(log_file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    try:
        work(ready)
    except PylotError as error:
        _log.warning("not started: %s %s", error.sentence, error.detail)
        _tell(ready, {"error": error.sentence, "kind": type(error).__name__})
        return 1
    except Exception as error:
        _log.error("failed: %s", story(error))
        why = refusal(error) if isinstance(error, OSError) else f"{type(error).__name__}; its log says more"
        sentence = f"The {kind.name} could not be started: {why}."
        _tell(ready, {"error": sentence})
        return 1
    _log.info("left")
    return 0


async def serve(make: Callable[[str], Service[Any]], endpoint: Endpoint, ready: TextIO, label: str) -> None:
    """Serve at an address until nobody needs the process; `make` gets the token that clients must show."""
    await _refuse_to_be_second(endpoint)
    token = endpoint.new_token()
    service = make(token)
    server, address = await endpoint.listen(service.serve_client, token)

    def withdraw() -> None:
        endpoint.remove(address)
        server.close()

    loop = asyncio.get_running_loop()
    try:
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGTERM, service.stop)
        with contextlib.suppress(OSError):
            # On a full disk `pylot status` leaves this process out, which serves all the same.
            endpoint.label_path.write_text(label, encoding="utf-8", errors="replace")
        _log.info("ready")
        _tell(ready, {"ready": True})
        ready.close()
        await service.run_until_idle(withdraw)
    finally:
        withdraw()


async def _refuse_to_be_second(endpoint: Endpoint) -> None:
    """Leave the address of a live process alone; one that does not answer is replaced."""
    try:
        client = await Client.connect(endpoint, _LIVE_SECONDS)
    except endpoint.kind.unavailable:
        return
    await client.close()
    raise endpoint.kind.failed(f"This {endpoint.kind.name} is running already: process {client.pid}.")


def _tell(ready: TextIO, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        ready.write(json.dumps(message) + "\n")
        ready.flush()


def _opened(log_file: Path | None) -> int:
    if log_file is not None:
        # A full or read-only disk costs only the log.
        with contextlib.suppress(OSError):
            return os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.open(os.devnull, os.O_WRONLY)


def _redirect_output(log_file: Path | None) -> None:
    """Send what libraries print to the log; the starter's pipes must not keep anyone waiting."""
    output = _opened(log_file)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(null)
    sys.stdout.flush()
