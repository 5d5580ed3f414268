"""Wait at a terminal until an index has come far enough, with a bar."""

from __future__ import annotations

from typing import Any

from pylot.app.index_keeper import IndexKeeper
from pylot.cli.progress_bar import FILES, ProgressBar
from pylot.kernel.errors import IndexWorkerError

_WORDS = ("looking", "reading")


async def wait_for_index(indexes: IndexKeeper, *, vectors: bool) -> dict[str, Any]:
    """Return the state once all text can be searched, or with `vectors` once all of it can be found by meaning.

    A paused index is as far as it is.

    Raises:
        IndexWorkerError: the index cannot be kept, or its worker was lost.
    """
    bar, shown = ProgressBar(unit=FILES), ""
    try:
        async for state in indexes.follow():
            phase = state["phase"]
            if phase == "failed":
                raise IndexWorkerError(" ".join(state["notes"]) or "The index cannot be kept.")
            if state["total"] and phase in ("reading", "embedding"):
                if phase != shown:
                    bar.end()
                    bar, shown = ProgressBar(unit=FILES), phase
                bar.update(state["done"], state["total"])
            if phase not in _WORDS and not (vectors and phase == "embedding"):
                return state
    finally:
        bar.end()
    raise IndexWorkerError("The index worker was lost.")
