from __future__ import annotations

from pathlib import Path

import pytest

from pylot.app import learned
from pylot.app.learned import LearnedStore
from pylot.completion.learning_counts import Counts
from pylot.storage.lock import hold_lock


def counts(**fates: int) -> Counts:
    return Counts.from_dict({"python": {"model": fates}})


def test_two_windows_add_to_each_other(tmp_path: Path) -> None:
    """Each adds its own counts only, whatever the other has written since it began."""
    first, second = LearnedStore(tmp_path / "data"), LearnedStore(tmp_path / "data")
    first.add(counts(shown=2, accepted=1))
    second.add(counts(shown=3, kept=1))
    first.add(Counts())

    assert first.load().to_dict() == {"python": {"model": {"shown": 5, "accepted": 1, "kept": 1}}}


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\udc80", '{"python": {"model": {"shown": "many"}}}'])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "learning.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    store = LearnedStore(tmp_path)
    before = store.load().to_dict()
    store.add(counts(shown=1))

    assert before == {}
    assert store.load().to_dict() == {"python": {"model": {"shown": 1}}}


def test_a_window_that_waits_too_long_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(learned, "_LOCK_TIMEOUT", 0.0)
    store = LearnedStore(tmp_path)
    with hold_lock(tmp_path / "learning.lock", 0):
        store.add(counts(shown=1))

    assert store.load().to_dict() == {}
    assert "another window" in caplog.text


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read now may be read again later, so it is not replaced."""
    (tmp_path / "learning.json").mkdir()
    store = LearnedStore(tmp_path)
    store.add(counts(shown=1))

    assert store.load().to_dict() == {}
    assert (tmp_path / "learning.json").is_dir()
    assert "not kept" in caplog.text
