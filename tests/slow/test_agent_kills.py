"""A run that is killed at 200 random points goes on each time, finishes, and does nothing twice (A11)."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.agent_kills import check, run_victim


async def test_two_hundred_kills_do_nothing_twice(tmp_path: Path) -> None:
    luck = random.Random(9)
    n_kills = 0
    for number in range(1_000):
        folder = tmp_path / str(number)
        folder.mkdir()
        while not run_victim(folder, seconds=luck.uniform(0.6, 2.0)):
            n_kills += 1
        await check(folder)
        if n_kills >= 200:
            return
    raise AssertionError("it was hardly ever killed")
