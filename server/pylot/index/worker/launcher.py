"""Find the index worker of a workspace, or start it."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from pylot import __version__
from pylot.index.worker.client import IndexClient
from pylot.index.worker.messages import INDEX_WORKER, PROTOCOL_VERSION
from pylot.ipc import launcher
from pylot.ipc.endpoint import Endpoint
from pylot.kernel.errors import IndexWorkerUnavailableError


def workspace_id(root: Path) -> str:
    """Return what names the index of a workspace on this machine."""
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def index_folder(root: Path, data_directory: Path) -> Path:
    """Return the folder that holds the index of a workspace."""
    return data_directory / "index" / workspace_id(root)


def endpoint_for(root: Path, runtime_directory: Path) -> Endpoint:
    """Return the address that every window of this user computes for the same workspace and version of Pylot."""
    identity = f"{workspace_id(root)} {PROTOCOL_VERSION} {__version__}"
    key = "index-" + hashlib.sha256(identity.encode()).hexdigest()[:12]
    return Endpoint(INDEX_WORKER, runtime_directory, key)


async def find_running(root: Path, runtime_directory: Path) -> IndexClient | None:
    """Return a connection to the worker of a workspace if one is running."""
    try:
        return await IndexClient.connect(endpoint_for(root, runtime_directory))
    except IndexWorkerUnavailableError:
        return None


async def connect_or_start(
    root: Path, runtime_directory: Path, log_directory: Path, *, idle_seconds: float
) -> IndexClient:
    """Return a connection to the worker of a workspace, starting it when nobody has; raises IndexWorkerError."""
    endpoint = endpoint_for(root, runtime_directory)
    log_file = log_directory / f"{endpoint.key}.log"
    command = [
        sys.executable, "-m", "pylot", "index-worker", str(root), "--idle-seconds", str(idle_seconds),
        "--directory", str(runtime_directory), "--log", str(log_file), "--detach",
    ]  # fmt: skip
    return await launcher.connect_or_start(IndexClient, endpoint, command, log_file)
