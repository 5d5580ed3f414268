"""A run that is killed at 200 random points goes on each time, finishes, and does nothing twice (A11)."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from pylot.journal.journal import Journal
from tests.support import killed_tasks
from tests.support.agent_kills import check, run_victim
from tests.support.agent_model import AgentModel
from tests.support.editor import Home
from tests.support.killed_servers import KilledServers, KilledServersModel, random_deaths

N_KILLS = 200


async def test_two_hundred_kills_do_nothing_twice(tmp_path: Path) -> None:
    luck = random.Random(9)
    n_kills = 0
    for number in range(1_000):
        folder = tmp_path / str(number)
        folder.mkdir()
        while not run_victim(folder, seconds=luck.uniform(0.0, 0.5)):
            n_kills += 1
        await check(folder)
        if n_kills >= N_KILLS:
            return
    raise AssertionError("it was hardly ever killed")


async def test_two_hundred_kills_of_the_whole_of_pylot(own_home: Path, tmp_path: Path) -> None:
    """With the real journal, policy, sandbox and files (issue 9)."""
    luck = random.Random(90)
    tasks: list[killed_tasks.KilledTask] = []
    with AgentModel(killed_tasks.SCRIPT, steady=True) as model:
        killed_tasks.configure(own_home, model, tmp_path)
        while sum(task.n_kills for task in tasks) < N_KILLS:
            tasks.append(killed_tasks.new_task(tmp_path, str(len(tasks)), model))
            tasks[-1].finish(luck)
            assert len(tasks) < 1_000
    await killed_tasks.check(own_home / "home" / "data", tasks)


async def test_two_hundred_kills_of_the_language_server(own_home: Path, tmp_path: Path) -> None:
    """An editor that lives on gives each new server its documents, and resumes the task (issue 9)."""
    luck, home = random.Random(900), Home(own_home / "home")
    with KilledServersModel() as model:
        # The first one tells how long it takes when nobody kills anything.
        tasks = [KilledServers(home, tmp_path / "undisturbed", model, luck)]
        tasks[0].finish()
        while sum(task.n_kills for task in tasks) < N_KILLS:
            tasks.append(KilledServers(home, tmp_path / str(len(tasks)), model, luck))
            tasks[-1].finish(random_deaths(luck, tasks[0]))
            assert len(tasks) < 1_000
    journal = await Journal.open(home.folder / "data")
    assert journal.notes == ()
    for task in tasks:
        await task.check(journal)
    await journal.close()

    last_events = sum((task.last_events for task in tasks), Counter[tuple[str, int]]())
    kinds = Counter(kind for kind, _ in last_events.elements())
    spread = f"killed after {dict(kinds)}, at {len(last_events)} places of the log"
    print(f"{len(tasks)} tasks of {tasks[0].seconds:.2f} s, {spread}")  # noqa: T201 - for people to read
    assert len(last_events) > 30, spread
