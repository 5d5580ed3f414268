"""The index worker's process: open the index, say that it is ready, serve until nobody needs it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Any, TextIO

from pylot.index.stale import LOCK_FILE, note_root, remove_stale_indexes
from pylot.index.worker.launcher import endpoint_for, index_folder
from pylot.index.worker.messages import INDEX_WORKER
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.process import run_shared, serve
from pylot.ipc.service import Service
from pylot.kernel.errors import IndexWorkerError
from pylot.storage.directories import Directories, make_private_folder
from pylot.storage.lock import hold_lock

_NICENESS = 10
# One that leaves needs a moment to close its files.
_LOCK_SECONDS = 4.0
# The numeric libraries would start a thread for every core.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKIO_WORKER_THREADS")


def run_index_worker(
    root: Path, directories: Directories, *, idle_seconds: float, log_file: Path | None, detach: bool
) -> int:
    """Keep the index of a workspace until nobody needs it; what it says on stdout is told in `run_shared`."""
    return run_shared(
        INDEX_WORKER, lambda ready: _run(root, directories, idle_seconds, ready), log_file=log_file, detach=detach
    )


def _run(root: Path, directories: Directories, idle_seconds: float, ready: TextIO) -> None:
    root = root.resolve()
    if not root.is_dir():
        raise IndexWorkerError(f"{root} is no folder.")
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    folder = make_private_folder(index_folder(root, directories.data))

    endpoint = endpoint_for(root, make_private_folder(directories.runtime))
    try:
        with hold_lock(folder / LOCK_FILE, _LOCK_SECONDS):
            _keep(root, folder, directories, idle_seconds, endpoint, ready)
    except TimeoutError as error:
        raise IndexWorkerError(
            "Another version of Pylot keeps the index of this workspace; close its editors and try again."
        ) from error


def _keep(
    root: Path, folder: Path, directories: Directories, idle_seconds: float, endpoint: Endpoint, ready: TextIO
) -> None:
    from pylot.index.opening import open_index
    from pylot.index.worker.service import IndexService

    index = open_index(folder)
    note_root(folder, root)
    remove_stale_indexes(folder.parent, time.time())
    # Not before: somebody waits for it to be ready.
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)

    def make_service(token: str) -> Service[Any]:
        return IndexService(root, index, directories, token=token, idle_seconds=idle_seconds)

    try:
        asyncio.run(serve(make_service, endpoint, ready, str(root)))
    finally:
        index.close()
