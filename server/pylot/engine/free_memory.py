"""How much memory a new process could take, and how much this one has taken (requirement I10)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_UNLIMITED = 1 << 60
# Libraries and the stacks and arenas of threads reserve addresses that they never fill.
_RESERVED_ADDRESSES = 384 << 20


def free_memory(root: Path = Path("/")) -> int:
    """Return the bytes that a new process could take without swapping.

    Control groups (containers, systemd) and resource limits count as well as the machine; `root` is where their
    files are looked for.
    """
    import psutil

    return max(0, min(int(psutil.virtual_memory().available), cgroup_room(root), _limit_room()))


def oom_kills(root: Path = Path("/")) -> int:
    """Return how many processes the system has ended so far because memory was short, 0 where it does not tell."""
    return sum(_oom_counts(root))


def _oom_counts(root: Path) -> Iterator[int]:
    groups = root / "sys/fs/cgroup"
    for path in (root / "proc/vmstat", groups / "memory.events", groups / "memory/memory.oom_control"):
        try:
            values = dict(line.split() for line in path.read_text().splitlines())
            yield int(values.get("oom_kill", 0))
        except (OSError, ValueError):
            continue


def peak_memory() -> int:
    """Return the most bytes of main memory that this process has held at one time."""
    if sys.platform == "linux":
        # The figure of getrusage would be that of the starter if it was larger.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def cgroup_room(root: Path) -> int:
    """Return what the control groups of this process leave, or a huge number where none limits memory."""
    return min(_rooms(root), default=_UNLIMITED)


def _rooms(root: Path) -> Iterator[int]:
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mounts = root / "sys/fs/cgroup"
    for line in groups:
        _, controllers, place = line.split(":", 2)
        if not controllers:
            yield from _walk(mounts, place, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _walk(mounts / "memory", place, *files)


def _walk(mount: Path, place: str, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    """Yield the room in a group and in every group around it."""
    names = [name for name in place.split("/") if name not in ("", "..")]
    for depth in range(len(names), -1, -1):
        folder = mount.joinpath(*names[:depth])
        try:
            most = int((folder / limit).read_text())
            used = int((folder / usage).read_text())
            statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            yield most - used + int(statistics.get(reclaimable, 0))
        except (OSError, ValueError):
            # The outermost group has no such files, and "max" means no limit.
            continue


def _limit_room() -> int:
    if sys.platform == "win32":
        return _UNLIMITED
    import resource

    import psutil

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return _UNLIMITED
    return soft - int(psutil.Process().memory_info().vms) - _RESERVED_ADDRESSES
