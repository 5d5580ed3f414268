"""Find the running engine for a model, or start it: the first window starts it, every other one shares it."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

from pylot import __version__
from pylot.engine import process as engine_process
from pylot.engine.client import EngineClient
from pylot.engine.messages import ENGINE, PROTOCOL_VERSION
from pylot.ipc import launcher
from pylot.ipc.endpoint import Endpoint
from pylot.kernel.errors import EngineUnavailableError


def endpoint_for(options: engine_process.EngineOptions, runtime_directory: Path) -> Endpoint:
    """Return the address that every window of this user computes for the same model, options and version of Pylot."""
    file: tuple[int, int] | None = None
    with contextlib.suppress(OSError):
        stat = options.model.stat()
        file = stat.st_size, stat.st_mtime_ns
    # How long the engine stays, and how little it started with, makes it no other engine.
    shared = replace(options, idle_seconds=0, memory_bytes=0, smaller_by=0).to_json()
    identity = f"{shared} {file} {PROTOCOL_VERSION} {__version__}"
    return Endpoint(ENGINE, runtime_directory, "engine-" + hashlib.sha256(identity.encode()).hexdigest()[:12])


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
    log_file = log_directory / f"{endpoint.key}.log"
    return await launcher.connect_or_start(EngineClient, endpoint, command_for(options, endpoint, log_file), log_file)


def command_for(options: engine_process.EngineOptions, endpoint: Endpoint, log_file: Path) -> list[str]:
    """Return the command line of the engine for these options."""
    return [
        sys.executable, "-m", "pylot", "engine", "--options", options.to_json(),
        "--directory", str(endpoint.directory), "--key", endpoint.key, "--log", str(log_file), "--detach",
    ]  # fmt: skip
