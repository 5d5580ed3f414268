"""A run that is killed between any two things that it does goes on, and does nothing twice (A11)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pylot.journal.journal import Journal
from tests.support import killed_tasks
from tests.support.agent_kills import check, run_victim
from tests.support.agent_model import AgentModel
from tests.support.editor import Home
from tests.support.killed_servers import Death, KilledServers, KilledServersModel


@pytest.mark.parametrize("n", [1, 4, 7, 9, 11, 12, 13, 14])
async def test_killed_before_the_nth_thing_it_does(tmp_path: Path, n: int) -> None:
    """Among them: between intent and change, change and result, question and answer."""
    assert not run_victim(tmp_path, str(n))
    assert run_victim(tmp_path)
    await check(tmp_path)


async def test_killed_again_and_again(tmp_path: Path) -> None:
    n_runs = 0
    while not run_victim(tmp_path, "13"):
        n_runs += 1
        assert n_runs < 40
    await check(tmp_path)

    assert n_runs > 3


async def test_the_whole_of_pylot_killed_and_gone_on_with(own_home: Path, tmp_path: Path) -> None:
    with AgentModel(killed_tasks.SCRIPT, steady=True) as model:
        killed_tasks.configure(own_home, model, tmp_path)
        task = killed_tasks.new_task(tmp_path, "project", model)
        task.finish(random.Random(3))
    await killed_tasks.check(own_home / "home" / "data", [task])


async def test_the_language_server_killed_while_its_editor_lives_on(own_home: Path, tmp_path: Path) -> None:
    """At a question, and at each of three changes: not made, made and saved, made and not saved (issue 9)."""
    moments = ("asked", "wanted", "saved", "changed")
    home = Home(own_home / "home")
    with KilledServersModel() as model:
        killed = KilledServers(home, tmp_path / "project", model, random.Random(4))
        killed.finish(Death(moment=moment) for moment in moments)
    journal = await Journal.open(home.folder / "data")
    assert journal.notes == ()
    await killed.check(journal)
    await journal.close()

    assert killed.n_kills == len(moments)
