"""Find the running engine for a model, or start it: the first window starts it, every other one shares it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pylot import __version__
from pylot.engine import process as engine_process
from pylot.engine.client import EngineClient
from pylot.engine.endpoint import Endpoint
from pylot.engine.messages import PROTOCOL_VERSION
from pylot.kernel import errors
from pylot.kernel.errors import EngineCrashedError, EngineError, EngineUnavailableError, PylotError
from pylot.storage.lock import hold_lock

_START_SECONDS = 120.0
_LOCK_POLL_SECONDS = 0.05
_MAX_LOG_BYTES = 1 << 20


def endpoint_for(options: engine_process.EngineOptions, runtime_directory: Path) -> Endpoint:
    """Return the address that every window of this user computes for the same model, options and version of Pylot."""
    file: tuple[int, int] | None = None
    with contextlib.suppress(OSError):
        stat = options.model.stat()
        file = stat.st_size, stat.st_mtime_ns
    # How long the engine stays, and how little it started with, makes it no other engine.
    shared = replace(options, idle_seconds=0, memory_bytes=0, smaller_by=0).to_json()
    identity = f"{shared} {file} {PROTOCOL_VERSION} {__version__}"
    return Endpoint(runtime_directory, "engine-" + hashlib.sha256(identity.encode()).hexdigest()[:12])


async def find_running(options: engine_process.EngineOptions, runtime_directory: Path) -> EngineClient | None:
    """Return a connection to the engine for these options if one is running."""
    try:
        return await EngineClient.connect(endpoint_for(options, runtime_directory))
    except EngineUnavailableError:
        return None


async def connect_or_start(
    options: engine_process.EngineOptions, runtime_directory: Path, log_directory: Path
) -> EngineClient:
    """Return a connection to the engine for these options, starting it when nobody has.

    Raises:
        ModelError: the model cannot be loaded, with one sentence that says why.
        EngineCrashedError: the engine ends while it starts.
        EngineError: the engine cannot be started.
    """
    endpoint = endpoint_for(options, runtime_directory)
    async with _starter_lock(endpoint.lock_path):
        try:
            return await EngineClient.connect(endpoint)
        except EngineUnavailableError:
            await _start(options, endpoint, log_directory / f"{endpoint.key}.log")
            return await EngineClient.connect(endpoint)


@contextlib.asynccontextmanager
async def _starter_lock(path: Path) -> AsyncIterator[None]:
    """Hold the lock that keeps two starters apart, without blocking the event loop while another one starts."""
    deadline = time.monotonic() + _START_SECONDS
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold_lock(path, timeout=0))
                break
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise EngineUnavailableError("Another window takes too long to start the engine.") from None
                await asyncio.sleep(_LOCK_POLL_SECONDS)
        yield


async def _start(options: engine_process.EngineOptions, endpoint: Endpoint, log_file: Path) -> None:
    # The working directory is the private one, so that no workspace can put modules in the engine's way.
    with _open_log(log_file) as log:
        transport, lines = await asyncio.get_running_loop().subprocess_exec(
            _Lines, *_command(options, endpoint, log_file), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=log, cwd=str(endpoint.directory),
        )  # fmt: skip
    try:
        answer = await asyncio.wait_for(lines.answer(), _START_SECONDS)
    except TimeoutError:
        _kill(lines.pid)
        raise EngineError("The engine took too long to load its model.", detail=str(log_file)) from None
    finally:
        # The engine is no child of the process that was started here, which ends early, so closing does not end it.
        transport.close()
        await lines.exited.wait()
    if answer is None:
        raise EngineCrashedError(f"The engine stopped while it was starting; its log is {log_file}.")
    if not answer.get("ready"):
        kind = getattr(errors, str(answer.get("kind", "")), None)
        known = kind if isinstance(kind, type) and issubclass(kind, PylotError) else EngineError
        raise known(str(answer.get("error", "")))


def _command(options: engine_process.EngineOptions, endpoint: Endpoint, log_file: Path) -> list[str]:
    return [
        sys.executable, "-m", "pylot", "engine", "--options", options.to_json(),
        "--directory", str(endpoint.directory), "--key", endpoint.key, "--log", str(log_file), "--detach",
    ]  # fmt: skip


def _open_log(path: Path) -> BinaryIO:
    """Open a log to write at its end; one that has grown long is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if path.stat().st_size > _MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _kill(pid: int | None) -> None:
    if pid is not None:
        with contextlib.suppress(OSError):
            # Windows has no SIGKILL; its SIGTERM ends a process as surely.
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


class _Lines(asyncio.SubprocessProtocol):
    """Read the lines of a starting engine: who it is, then whether it is ready."""

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
