"""Free memory is what the machine, the control groups and the limits of the process all leave (I10)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pylot.engine.free_memory import cgroup_room, free_memory, peak_memory

HUGE = 1 << 60


def system(root: Path, groups: str, files: dict[str, str]) -> Path:
    """Write what the kernel would show below `root`."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def group(folder: str, limit: str, used: int, cache: int) -> dict[str, str]:
    place = f"sys/fs/cgroup/{folder}"
    stat = f"anon 1\ninactive_file {cache}\n"
    return {f"{place}/memory.max": limit, f"{place}/memory.current": str(used), f"{place}/memory.stat": stat}


@pytest.mark.parametrize(
    ("groups", "files", "room"),
    [
        ("", {}, HUGE),
        ("0::/\n", {}, HUGE),
        ("0::/\n", group("", "1000", 300, 50), 750),
        ("0::/a/b\n", group("a/b", "max", 300, 0), HUGE),
        ("0::/a/b\n", group("a/b", "max", 300, 0) | group("a", "2000\n", 400, 100), 1700),
        ("0::/a/b\n", group("a/b", "500", 300, 0) | group("a", "2000", 400, 100), 200),
        ("0::/../a\n", group("a", "500", 300, 0), 200),
        ("0::/a\n", group("a", "many", 300, 0), HUGE),
        (
            "7:cpu,cpuacct:/c\n5:memory:/c\n0::/c\n",
            {
                "sys/fs/cgroup/memory/c/memory.limit_in_bytes": "900\n",
                "sys/fs/cgroup/memory/c/memory.usage_in_bytes": "100\n",
                "sys/fs/cgroup/memory/c/memory.stat": "total_inactive_file 10\n",
            },
            810,
        ),
    ],
)
def test_the_tightest_control_group_counts(groups: str, files: dict[str, str], room: int, tmp_path: Path) -> None:
    assert cgroup_room(system(tmp_path, groups, files)) == room


def test_a_group_leaves_less_than_the_machine_has(tmp_path: Path) -> None:
    assert free_memory(system(tmp_path, "0::/\n", group("", "1000", 300, 50))) == 750


def test_nothing_less_than_nothing_is_free(tmp_path: Path) -> None:
    assert free_memory(system(tmp_path, "0::/\n", group("", "1000", 3000, 0))) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_limit_on_addresses_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    before = free_memory()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, resource.RLIM_INFINITY))

    assert (before > 0, free_memory()) == (True, 0)


def test_the_peak_is_at_least_what_is_held_now() -> None:
    import psutil

    assert peak_memory() >= psutil.Process().memory_info().rss * 0.9
