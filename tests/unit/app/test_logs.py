from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pylot.app.logs import delete_old_logs

DAY = 86_400
NOW = 1_000 * DAY
# No system gives processes such numbers.
GONE = 2**40


def write_log(folder: Path, name: str, *, age: float) -> None:
    (folder / name).write_text("")
    os.utime(folder / name, (NOW - age, NOW - age))


@pytest.mark.parametrize(
    ("ages_in_days", "kept"),
    [([], []), ([0, 13, 15], [0, 1]), ([6, 5, 4, 3, 2, 1, 0], [2, 3, 4, 5, 6]), ([20, 19, 18, 17, 16, 15], [])],
)
def test_the_logs_of_the_last_processes_are_kept(tmp_path: Path, ages_in_days: list[int], kept: list[int]) -> None:
    for number, age in enumerate(ages_in_days):
        write_log(tmp_path, f"lsp-{GONE + number}.log", age=age * DAY)

    delete_old_logs(tmp_path, "lsp", now=NOW)

    assert {path.name for path in tmp_path.iterdir()} == {f"lsp-{GONE + number}.log" for number in kept}


def test_rotated_files_stay_and_go_with_their_process(tmp_path: Path) -> None:
    for name, age in ((f"lsp-{GONE}.log", 1), (f"lsp-{GONE}.log.1", 15), (f"lsp-{GONE + 1}.log.1", 15)):
        write_log(tmp_path, name, age=age * DAY)
    others = {"lsp.txt", "engine-a.log", "lsp-x.log", "other-1.log"}
    for name in others:
        write_log(tmp_path, name, age=99 * DAY)

    delete_old_logs(tmp_path, "lsp", now=NOW)

    assert {path.name for path in tmp_path.iterdir()} == {f"lsp-{GONE}.log", f"lsp-{GONE}.log.1", *others}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files that are open")
def test_a_window_that_is_open_keeps_its_log(tmp_path: Path) -> None:
    write_log(tmp_path, f"lsp-{os.getpid()}.log", age=99 * DAY)

    delete_old_logs(tmp_path, "lsp", now=NOW)

    assert len(list(tmp_path.iterdir())) == 1
