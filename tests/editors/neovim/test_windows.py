"""Five windows of Neovim: one engine and one index for all, and nothing is left of them (K6, issue 7)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.editors.neovim.neovim import Neovim
from tests.editors.neovim.test_neovim import TEXT
from tests.editors.terminal import processes_of, until
from tests.support.editor import PYLOT_LSP

N_WINDOWS = 5
# What docs/performance.md promises for a server with a document open and a model at work.
MOST_PER_WINDOW = 90 << 20


@pytest.fixture
def windows(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Neovim]]:
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    (own_home / "work" / ".git").mkdir(parents=True)
    with ExitStack() as windows:
        opened = []
        for name in "abcde"[:N_WINDOWS]:
            folder = own_home / name
            folder.mkdir()
            file = own_home / "work" / f"{name}.py"
            file.write_text(TEXT.replace("settings", name), encoding="utf-8")
            opened.append(windows.enter_context(Neovim(folder, rows=14)))
            opened[-1].open(folder, file, PYLOT_LSP)
        yield opened


def test_five_windows_share_what_is_large_and_leave_nothing(windows: list[Neovim], own_home: Path) -> None:
    """The last window is killed, and everything has gone within five seconds, with the settings as they come."""
    for window in windows:
        window.press("G", "o")
        window.type("with op")
        window.wait_for_ghost()
    home = own_home / "home"
    running = processes_of(home)
    sizes = {kind: [it.memory_info().rss >> 20 for it in found] for kind, found in running.items()}
    print(f"MiB: {sizes}")
    assert {kind: len(found) for kind, found in running.items()} == {"lsp": 5, "engine": 1, "index-worker": 1}
    assert max(it.memory_info().rss for it in running["lsp"]) < MOST_PER_WINDOW
    for window in windows[:-1]:
        window.press("Escape")
        window.type(":q!\n")
    until(lambda: len(processes_of(home)["lsp"]) == 1, lambda: str(processes_of(home)), patience=5)
    editor = psutil.Process(windows[-1].pid)
    # The screen and the editor itself are two processes.
    for process in [it for it in (editor, *editor.children(recursive=True)) if it.name() == "nvim"]:
        process.send_signal(signal.SIGKILL)
    until(lambda: not processes_of(home), lambda: str(processes_of(home)), patience=5)
