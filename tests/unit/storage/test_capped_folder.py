"""Files that may be lost, within a bound (issue 5)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.storage.capped_folder import CappedFolder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture
def folder(path: Path) -> CappedFolder:
    """Three files of ten bytes, `a` used last, in a folder that has room for them."""
    made = CappedFolder(path, 30)
    for age, name in enumerate("abc"):
        made.write(name, [b"x" * 10])
        os.utime(path / name, (1000 - age, 1000 - age))
    return made


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_user_may_read(folder: CappedFolder, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda folder: folder.write("d", [b"y" * 5, b"z" * 5]), ["a", "b", "d"]),
        (lambda folder: folder.write("c", [b"y" * 9]), ["a", "b", "c"]),
        (lambda folder: folder.write("d", [b"y" * 30]), ["d"]),
        (lambda folder: folder.write("d", [b"y" * 31]), ["a", "b", "c"]),
        (lambda folder: (folder.read("c"), folder.write("d", [b"y"])), ["a", "c", "d"]),
        (lambda folder: folder.trim(oldest=999.5), ["a"]),
        (lambda folder: folder.remove("b"), ["a", "c"]),
        (lambda folder: folder.remove("z"), ["a", "b", "c"]),
    ],
)
def test_what_was_unused_for_longest_goes_first(
    folder: CappedFolder, path: Path, act: Callable[[CappedFolder], object], left: list[str]
) -> None:
    act(folder)

    assert names(path) == left


def test_without_room_nothing_is_left(folder: CappedFolder, path: Path) -> None:
    CappedFolder(path, 0).trim()

    assert names(path) == []
    assert folder.read("a") is None


def test_a_file_is_the_old_one_or_the_new_one(
    folder: CappedFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(OSError, match="No space"):
        folder.write("a", [b"y"])

    assert folder.read("a") == b"x" * 10
    assert names(path) == ["a", "b", "c"]
