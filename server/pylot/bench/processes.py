"""What processes took of the machine: processor time, and the most memory that they ever had."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import psutil

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def processor_seconds(process_ids: Iterable[int]) -> float:
    """Return the processor time that processes have used; those that have gone count nothing."""
    total = 0.0
    for pid in process_ids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def peak_bytes(process_ids: Iterable[int]) -> int:
    """Return the sum of the peaks; where the system does not tell them, of what processes have now."""
    return sum(map(_peak, process_ids))


def _peak(pid: int) -> int:
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace"))
        return int(found[1]) * 1024 if found else int(psutil.Process(pid).memory_info().rss)
    except (OSError, psutil.Error):
        return 0
