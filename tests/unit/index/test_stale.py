"""Workspaces that are gone do not fill the disk for ever (issue 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.index.stale import LOCK_FILE, note_root, remove_stale_indexes
from pylot.storage.lock import hold_lock

WEEK = 7 * 24 * 3600.0


def make(indexes: Path, root: Path) -> Path:
    folder = indexes / "one"
    folder.mkdir(parents=True)
    note_root(folder, root)
    (folder / "index.db").touch()
    return folder


@pytest.mark.parametrize(
    ("is_there", "age", "stays"), [(True, 2 * WEEK, True), (False, 2 * WEEK, False), (False, 9.0, True)]
)
def test_only_what_is_gone_for_long_is_removed(tmp_path: Path, is_there: bool, age: float, stays: bool) -> None:
    root = tmp_path / "work"
    if is_there:
        root.mkdir()
    folder = make(tmp_path / "index", root)
    remove_stale_indexes(tmp_path / "index", (folder / "index.db").stat().st_mtime + age)

    assert folder.exists() == stays


def test_an_index_at_work_and_a_folder_of_somebody_else_stay(tmp_path: Path) -> None:
    folder = make(tmp_path / "index", tmp_path / "gone")
    other = tmp_path / "index" / "other"
    other.mkdir()
    with hold_lock(folder / LOCK_FILE, 0):
        remove_stale_indexes(tmp_path / "index", (folder / "index.db").stat().st_mtime + 2 * WEEK)

    assert folder.exists()
    assert other.exists()
