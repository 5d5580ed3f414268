"""Find the running engine for a model, or start it: the first window starts it, every other one shares it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from pylot.engine import process as engine_process
from pylot.engine.client import EngineClient
from pylot.engine.endpoint import Endpoint
from pylot.kernel import errors
from pylot.kernel.errors import EngineError, EngineUnavailableError
from pylot.storage.lock import hold_lock

_START_SECONDS = 120.0
_LOCK_POLL_SECONDS = 0.05


def endpoint_for(options: engine_process.EngineOptions, runtime_directory: Path) -> Endpoint:
    """Return the address that every window of this user computes for the same model and options."""
    stat = options.model.stat() if options.model.exists() else None
    identity = f"{options.to_json()} {stat and (stat.st_size, stat.st_mtime_ns)}"
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
    command = [
        sys.executable, "-m", "pylot", "engine", "--options", options.to_json(),
        "--directory", str(endpoint.directory), "--key", endpoint.key, "--log", str(log_file), "--detach",
    ]  # fmt: skip
    log_file.parent.mkdir(parents=True, exist_ok=True)
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    # The working directory is the private one, so that no workspace can put modules in the engine's way.
    with log_file.open("wb") as log:
        transport, first_line = await asyncio.get_running_loop().subprocess_exec(
            _FirstLine, *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, creationflags=flags,
            cwd=str(endpoint.directory),
        )  # fmt: skip
    try:
        line = await asyncio.wait_for(first_line.read(), _START_SECONDS)
    except TimeoutError:
        transport.kill()
        raise EngineError("The engine took too long to load its model.", detail=str(log_file)) from None
    finally:
        # Closing kills; on POSIX the started process leaves its detached child, the engine, behind and ends.
        if sys.platform != "win32":
            await first_line.exited.wait()
            transport.close()
    answer = json.loads(line) if line else {}
    if not answer.get("ready"):
        sentence = answer.get("error", f"The engine stopped while it was starting; its log is {log_file}.")
        kind = getattr(errors, str(answer.get("kind", "")), EngineError)
        raise kind(sentence)


class _FirstLine(asyncio.SubprocessProtocol):
    """Collect the first line that a process writes, or all it wrote if it ends before."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._done = asyncio.Event()
        self.exited = asyncio.Event()

    async def read(self) -> bytes:
        await self._done.wait()
        return bytes(self._data)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._data += data
        if b"\n" in data:
            self._done.set()

    def process_exited(self) -> None:
        self.exited.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._done.set()
