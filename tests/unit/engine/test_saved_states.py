"""A state on disk is used as it was written, or not at all (issue 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.engine.saved_states import SavedState, SavedStates, file_identity
from pylot.storage.capped_folder import CappedFolder

STATE = SavedState('{"head": "é\ud800"}', [1, 2, 151_000], b"\0\1" * 500)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "states"


def states(path: Path, identity: str = "model 1", most_bytes: int = 10_000) -> SavedStates:
    return SavedStates(CappedFolder(path, most_bytes), identity)


def test_a_state_comes_back(path: Path) -> None:
    written = states(path).write("file:///a.py", STATE)

    assert written == sum(file.stat().st_size for file in path.iterdir())
    assert states(path).read("file:///a.py") == STATE
    assert states(path).read("file:///b.py") is None
    assert not [file for file in path.iterdir() if "a.py" in file.name]


def damage(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damaged(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return damaged


def flipped(at: int) -> Callable[[Path], None]:
    return damage(lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at:][1:])


@pytest.mark.parametrize(
    "damaged",
    [
        damage(lambda data: b""),
        damage(lambda data: data[:10]),
        damage(lambda data: data[:-1]),
        damage(lambda data: data + b"\0"),
        damage(lambda data: b"PYLOTKV0" + data[8:]),
        *map(flipped, (9, 40, 45, 60, -1)),
    ],
)
def test_damage_is_ignored_and_told_once(
    path: Path, damaged: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    states(path).write("a", STATE)
    damaged(next(path.iterdir()))

    with caplog.at_level(logging.INFO):
        assert states(path).read("a") is None
        assert states(path).read("a") is None

    assert [record.message for record in caplog.records] == ["saved state ignored: damaged, or of another model"]
    assert list(path.iterdir()) == []


def test_another_model_has_other_states(path: Path) -> None:
    states(path).write("a", STATE)

    assert states(path, "model 2").read("a") is None
    assert states(path).read("a") == STATE


def test_a_full_disk_is_told_in_one_line(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_self: CappedFolder, _name: str, _parts: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CappedFolder, "write", fail)

    assert states(path).write("a", STATE) == 0
    assert [record.message for record in caplog.records] == ["state not saved: OSError"]


def test_what_has_no_room_is_not_kept(path: Path) -> None:
    assert states(path, most_bytes=100).write("a", STATE) == 0


def test_a_model_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"a" * 1000)
    before = file_identity(file)
    file.write_bytes(b"b" * 1000)

    assert file_identity(file) != before
