"""Find the running process or start it: the first who needs it starts it, every other one shares it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pylot.ipc.client import Client
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.kind import Kind
from pylot.kernel import errors
from pylot.kernel.errors import ConfigError, PylotError
from pylot.storage.directories import make_private_folder
from pylot.storage.lock import hold_lock

_START_SECONDS = 120.0
_LOCK_POLL_SECONDS = 0.05
_MAX_LOG_BYTES = 1 << 20

C = TypeVar("C", bound=Client)


async def connect_or_start(client: type[C], endpoint: Endpoint, command: Sequence[str], log_file: Path) -> C:
    """Return a connection to the process at an address, starting it with `command` when nobody has.

    Raises:
        PylotError: what the process says of why it cannot start, in its own kind of error.
        kind.crashed: it ends without a word while it starts.
        kind.failed: it cannot be started.
        kind.unavailable: there is no private folder for its socket, and none can be made.
    """
    try:
        make_private_folder(endpoint.directory)
    except ConfigError as error:
        raise endpoint.kind.unavailable(f"The {endpoint.kind.name} cannot be started: {error.sentence}") from error
    async with _starter_lock(endpoint):
        try:
            return await client.connect(endpoint)
        except endpoint.kind.unavailable:
            await start(endpoint, command, log_file)
            return await client.connect(endpoint)


async def start(endpoint: Endpoint, command: Sequence[str], log_file: Path) -> None:
    """Start the process and wait until it says that it is ready; raises as `connect_or_start` does."""
    # The working directory is the private one, so that no workspace can put modules in the process's way.
    with _open_log(log_file) as log:
        transport, lines = await asyncio.get_running_loop().subprocess_exec(
            _Lines, *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=str(endpoint.directory)
        )
    try:
        answer = await asyncio.wait_for(lines.answer(), _START_SECONDS)
    except TimeoutError:
        _kill(lines.pid)
        raise endpoint.kind.failed(
            f"The {endpoint.kind.name} took too long to get ready.", detail=str(log_file)
        ) from None
    finally:
        # It is no child of the process that was started here, which ends early, so closing does not end it.
        transport.close()
        await lines.exited.wait()
    if answer is None:
        raise endpoint.kind.crashed(f"The {endpoint.kind.name} stopped while it was starting; its log is {log_file}.")
    if not answer.get("ready"):
        raise _refusal(endpoint.kind, answer)


def _refusal(kind: Kind, answer: dict[str, Any]) -> PylotError:
    named = getattr(errors, str(answer.get("kind", "")), None)
    known = named if isinstance(named, type) and issubclass(named, PylotError) else kind.failed
    return known(str(answer.get("error", "")))


@contextlib.asynccontextmanager
async def _starter_lock(endpoint: Endpoint) -> AsyncIterator[None]:
    """Hold the lock that keeps two starters apart, without blocking the event loop while another one starts."""
    deadline = time.monotonic() + _START_SECONDS
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold_lock(endpoint.lock_path, timeout=0))
                break
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise endpoint.kind.unavailable(
                        f"Another window takes too long to start the {endpoint.kind.name}."
                    ) from None
                await asyncio.sleep(_LOCK_POLL_SECONDS)
        yield


def _open_log(path: Path) -> BinaryIO:
    """Open a log to write at its end; one that has grown long is put aside first. A full disk costs only the log."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            if path.stat().st_size > _MAX_LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    return Path(os.devnull).open("ab")


def _kill(pid: int | None) -> None:
    if pid is not None:
        with contextlib.suppress(OSError):
            # Windows has no SIGKILL; its SIGTERM ends a process as surely.
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


class _Lines(asyncio.SubprocessProtocol):
    """Read the lines of a starting process: who it is, then whether it is ready."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._answer: dict[str, Any] | None = None
        self._done = asyncio.Event()
        self.exited = asyncio.Event()
        self.pid: int | None = None

    async def answer(self) -> dict[str, Any] | None:
        """Return what it says, or None when it ends without a word."""
        await self._done.wait()
        return self._answer

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._data += data
        *lines, rest = bytes(self._data).split(b"\n")
        self._data = bytearray(rest)
        for line in lines:
            self._take(line)

    def process_exited(self) -> None:
        self.exited.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._done.set()

    def _take(self, line: bytes) -> None:
        try:
            message = dict(json.loads(line))
        except (ValueError, TypeError):
            # Whatever else is printed there is not for us.
            return
        if "pid" in message:
            self.pid = int(message["pid"])
        else:
            self._answer = message
            self._done.set()
