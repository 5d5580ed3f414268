from __future__ import annotations

from pathlib import Path

import pytest

from pylot.kernel.clock import ManualClock
from pylot.storage.lock import hold_lock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    clock = ManualClock()

    with hold_lock(path, timeout=0):
        with pytest.raises(TimeoutError), hold_lock(path, timeout=5, clock=clock, sleep=clock.advance):
            pytest.fail("two held the lock")
        waited = clock.monotonic() - ManualClock().monotonic()
    with hold_lock(path, timeout=0):
        pass

    assert waited >= 5
