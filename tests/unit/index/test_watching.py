"""A workspace is looked at as often as it is cheap, and at once after a branch switch (L3)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylot.index.watching import Watch, WatchSchedule
from pylot.kernel.clock import ManualClock


@pytest.mark.parametrize(
    ("mode", "editors_tell", "cost", "expected"),
    [
        ("auto", False, 0.01, 2.0),
        ("auto", False, 0.6, 20.0),
        ("auto", True, 0.01, 60.0),
        ("auto", True, 6.0, 200.0),
        ("always", True, 0.01, 2.0),
    ],
)
def test_how_often(tmp_path: Path, mode: Watch, editors_tell: bool, cost: float, expected: float) -> None:
    clock = ManualClock()
    schedule = WatchSchedule(tmp_path, clock)
    schedule.mode, schedule.editors_tell = mode, editors_tell
    schedule.ended(cost)
    clock.advance(expected - 0.1)
    early = schedule.is_due()
    clock.advance(0.1)

    assert (early, schedule.is_due()) == (False, True)


def test_never_means_never(tmp_path: Path) -> None:
    clock = ManualClock()
    schedule = WatchSchedule(tmp_path, clock)
    schedule.mode = "never"
    clock.advance(1e6)

    assert not schedule.is_due()


def test_a_branch_switch_is_seen_within_a_second(tmp_path: Path) -> None:
    clock = ManualClock()
    head = tmp_path / ".git" / "HEAD"
    head.parent.mkdir()
    head.write_text("ref: refs/heads/main\n")
    schedule = WatchSchedule(tmp_path, clock)
    schedule.editors_tell = True
    schedule.ended(0.05)
    clock.advance(1)
    before = schedule.is_due()
    os.utime(head, (1, 1))
    clock.advance(1)

    assert (before, schedule.is_due(), schedule.is_due()) == (False, True, False)
