"""What can be said of indexes on a line each."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pylot.app.session import Session
from pylot.index.worker.client import IndexClient
from pylot.index.worker.messages import INDEX_WORKER
from pylot.ipc.endpoint import Endpoint
from pylot.kernel.errors import PylotError

_ANSWER_SECONDS = 2.0


async def describe_index(session: Session) -> tuple[str, str, str]:
    """Return a verdict (`good` or `note`) on the index of the session's folder, a line about it, and the next step."""
    if importlib.util.find_spec("lancedb") is None:
        return "note", "LanceDB is not installed, so search goes by words alone", "pip install 'pylot[index]'"
    try:
        await session.indexes.find_running()
        found = await session.indexes.status()
    except PylotError as error:
        return "note", error.sentence, "see the log named above"
    if not found:
        return "note", "switched off by index.enabled, or a home folder, which has none", ""
    [status, *_] = found
    if "files" not in status:
        return "good", f"{status['phase']}; an editor or `pylot index` makes it", ""
    line = describe(status)
    return ("note" if status["notes"] else "good"), " ".join([line, *status["notes"]]), ""


def describe(status: Mapping[str, Any]) -> str:
    """Return what an index holds and what is going on, in one line."""
    n_skipped = sum(status["skipped"].values())
    left_out = f", {n_skipped:,} left out" if n_skipped else ""
    return (
        f"{status['phase']}: {status['searchable']:,} files found by their words, {status['embedded']:,} by meaning"
        f"{left_out}"
    )


async def running_workers(runtime: Path) -> list[dict[str, Any]]:
    """Return where each index stands whose worker runs, whoever started it."""
    found = []
    for path in await asyncio.to_thread(lambda: sorted(runtime.glob("index-*.label"))):
        try:
            client = await IndexClient.connect(Endpoint(INDEX_WORKER, runtime, path.stem), _ANSWER_SECONDS)
            status = await asyncio.wait_for(client.status(), _ANSWER_SECONDS)
            await client.close()
            root = await asyncio.to_thread(path.read_text, encoding="utf-8", errors="replace")
        except (PylotError, OSError, TimeoutError):
            continue
        # This command's own connection is none of the editors'.
        found.append({**status, "root": root, "clients": status["clients"] - 1})
    return found
