from __future__ import annotations

from pylot.kernel.clock import ManualClock
from pylot.kernel.pacing import paced


def test_work_rests_after_some_milliseconds() -> None:
    """What is worked on in a thread must not be felt at the keys (J3)."""
    clock = ManualClock()
    rests: list[float] = []
    done = []
    for item in paced(range(6), clock, rests.append):
        clock.now += 0.002
        done.append((item, len(rests)))

    assert done == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]
    assert rests == [0.003] * 3
