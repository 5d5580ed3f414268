"""Where the language server writes its log (Q1)."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.support.editor import Editor, Home


def test_what_cannot_be_written_costs_no_suggestion(
    home: Home, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place for logs and learned counts the model answers; without one for its socket the predictor does."""
    for name in ("log", "data", "cache"):
        (home.folder / name).write_text("in the way")
    with Editor() as editor:
        editor.start()
        editor.show("untitled:a.py", "total = area(3, 4)\nother = area(3, 4)\nthird = ar‸")
        assert editor.load_model()
        assert editor.sentences() == []

    (own_home / "file").touch()
    monkeypatch.setenv("PYLOT_RUNTIME_DIR", str(own_home / "file" / "run"))
    with Editor() as editor:
        editor.start()
        editor.show("untitled:a.py", "total = area(3, 4)\nother = area(3, 4)\nthird = ar‸")
        assert [it["insertText"] for it in editor.ghost_texts(invoked=True)] == ["ea(3, 4)"]
        runtime = own_home / "file" / "run"
        assert editor.sentences() == [f"The engine cannot be started: {runtime} cannot be made: Not a directory."]


def test_every_window_has_a_private_log_of_its_own(home: Home) -> None:
    with Editor() as first, Editor() as second:
        for editor in (first, second):
            editor.start()
        for editor in (first, second):
            editor.leave()
        processes = {editor.process.pid for editor in (first, second)}
    logs = sorted((home.folder / "log").glob("lsp*"))

    assert {path.name for path in logs} == {f"lsp-{process}.log" for process in processes}
    assert all("Leaving with code 0" in path.read_text() for path in logs)
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in logs} == {0o600}
