"""The outputs of commands that were kept, and the scratch folders, of tasks that were forgotten."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Set
from pathlib import Path

from pylot.execution.commands import forget_scratch, outputs_of


def forget_outputs(data: Path, cache: Path, task_ids: Iterable[str]) -> None:
    """Remove outputs and scratch of tasks from Pylot's folders."""
    for task_id in task_ids:
        shutil.rmtree(outputs_of(data / "artefacts", task_id), ignore_errors=True)
        forget_scratch(cache / "scratch", task_id)


def forget_strays(data: Path, cache: Path, known: Set[str], used_before: float) -> None:
    """Remove outputs and scratch of tasks that nobody knows any more, if they have rested since a time."""
    for folder in (data / "artefacts", cache / "scratch"):
        with contextlib.suppress(OSError):
            strays = [path for path in folder.iterdir() if path.name not in known]
            for path in strays:
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < used_before:
                        shutil.rmtree(path, ignore_errors=True)


def bytes_of_outputs(data: Path) -> int:
    """Return how much room the outputs of all tasks take."""
    n_bytes = 0
    for path in (data / "artefacts").rglob("*"):
        with contextlib.suppress(OSError):
            n_bytes += path.lstat().st_size
    return n_bytes
