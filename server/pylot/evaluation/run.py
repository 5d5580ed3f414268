"""Ask one contender about all cases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pylot.evaluation.repository import Repository
from pylot.evaluation.values import Case, Result, SourceFile

# As many other files are open as somebody has in view who works on a thing: the most related ones.
N_OPEN_FILES = 4


@dataclass(frozen=True, slots=True)
class Task:
    """A case and the files that are open beside it, the most related last."""

    case: Case
    open_files: tuple[SourceFile, ...]


class Asker(Protocol):
    """One contender, ready to be asked."""

    async def ask(self, task: Task) -> Result:
        """Return what it says about a case."""
        ...


def make_tasks(cases: Sequence[Case], repository: Repository) -> list[Task]:
    """Give each case its open files; every contender gets the same.

    What is related is judged without any of the holes, so that it tells nothing about what stood there.
    """
    files = {file.path: file for file in repository.files}
    open_files: dict[str, tuple[SourceFile, ...]] = {}
    for path in dict.fromkeys(case.path for case in cases):
        known = _without_holes(files[path].text, [case for case in cases if case.path == path])
        open_files[path] = tuple(repository.neighbours(files[path], N_OPEN_FILES, known=known))
    return [Task(case, open_files[case.path]) for case in cases]


async def run(asker: Asker, tasks: Sequence[Task], on_progress: Callable[[int], None]) -> list[Result]:
    """Return the results; when the user interrupts, those that there are."""
    results: list[Result] = []
    try:
        for task in tasks:
            # The predictor answers without waiting for anything, and an interrupt needs a place to come in.
            await asyncio.sleep(0)
            results.append(await asker.ask(task))
            on_progress(len(results))
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is None or current.cancelling() > 1:
            raise
    return results


def _without_holes(text: str, cases: Sequence[Case]) -> str:
    kept = list(text)
    for case in cases:
        for position in range(case.offset, case.offset + len(case.truth)):
            kept[position] = " "
    return "".join(kept)
