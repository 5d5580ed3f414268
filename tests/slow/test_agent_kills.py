"""A run that is killed at 200 random points goes on each time, finishes, and does nothing twice (A11)."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support import killed_tasks
from tests.support.agent_kills import check, run_victim
from tests.support.agent_model import AgentModel


async def test_two_hundred_kills_do_nothing_twice(tmp_path: Path) -> None:
    luck = random.Random(9)
    n_kills = 0
    for number in range(1_000):
        folder = tmp_path / str(number)
        folder.mkdir()
        while not run_victim(folder, seconds=luck.uniform(0.0, 0.5)):
            n_kills += 1
        await check(folder)
        if n_kills >= 200:
            return
    raise AssertionError("it was hardly ever killed")


async def test_two_hundred_kills_of_the_whole_of_pylot(own_home: Path, tmp_path: Path) -> None:
    """With the real journal, policy, sandbox and files (issue 9)."""
    luck = random.Random(90)
    tasks: list[killed_tasks.KilledTask] = []
    with AgentModel(killed_tasks.SCRIPT, steady=True) as model:
        killed_tasks.configure(own_home, model, tmp_path)
        while sum(task.n_kills for task in tasks) < 200:
            tasks.append(killed_tasks.new_task(tmp_path, str(len(tasks)), model))
            tasks[-1].finish(luck)
            assert len(tasks) < 1_000
    await killed_tasks.check(own_home / "home" / "data", tasks)
