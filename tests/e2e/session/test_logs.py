"""Where the language server writes its log."""

from __future__ import annotations

import stat
import sys

from tests.support.editor import Editor, Home


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
