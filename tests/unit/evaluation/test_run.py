from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pylot.evaluation.cases import make_cases
from pylot.evaluation.contenders import Contender, parse_contenders
from pylot.evaluation.repository import Repository
from pylot.evaluation.run import Task, make_tasks, run
from pylot.evaluation.values import Reply, Result
from pylot.kernel.errors import PylotError
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

CODE = "".join(
    f"def function_{number}(value):\n    other = value + {number}\n    return other\n\n\n" for number in range(9)
)


def tasks(root: Path, n_cases: int = 10) -> list[Task]:
    (root / "a.py").write_text(CODE)
    (root / "b.py").write_text(CODE.replace("other", "another"))
    repository = Repository(root, ExclusionGate(Roots([root]), WorkspaceSettings()))
    return make_tasks(make_cases("project", repository.files, n_cases, 0), repository)


class Echo:
    """Answer everything; wait forever at one case."""

    def __init__(self, stop_at: int) -> None:
        self.n_asked = 0
        self._stop_at = stop_at
        self.waiting = asyncio.Event()

    async def ask(self, task: Task) -> Result:
        self.n_asked += 1
        if self.n_asked == self._stop_at:
            self.waiting.set()
            await asyncio.Event().wait()
        return Result(task.case, Reply("a"), Reply("a"))


def test_the_other_file_is_open_and_the_own_one_is_not(tmp_path: Path) -> None:
    for task in tasks(tmp_path):
        assert [file.path for file in task.open_files] == [{"a.py": "b.py", "b.py": "a.py"}[task.case.path]]


async def test_an_interrupt_gives_what_there_is(tmp_path: Path) -> None:
    echo = Echo(stop_at=4)
    counts: list[int] = []
    running = asyncio.create_task(run(echo, tasks(tmp_path), counts.append))
    await echo.waiting.wait()
    running.cancel()

    assert len(await running) == 3
    assert counts == [1, 2, 3]


def test_contenders_are_read_as_they_are_written() -> None:
    assert parse_contenders(["predictor", "qwen:1.5b", " qwen:1.5b:alone"]) == [
        Contender("predictor", "", predictor=True),
        Contender("qwen:1.5b", "qwen:1.5b", predictor=True),
        Contender("qwen:1.5b:alone", "qwen:1.5b", predictor=False),
    ]


@pytest.mark.parametrize("names", [[], [""], ["a", ""], ["a", "a"]])
def test_contenders_that_make_no_sense_are_refused(names: list[str]) -> None:
    with pytest.raises(PylotError):
        parse_contenders(names)
