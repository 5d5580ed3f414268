"""A terminal with one program on its screen: tmux with a socket of its own, so that no other session is touched."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import psutil

from tests.editors.install import ROOT, Installation, editors_folder
from tests.editors.picture import page_of

PATIENCE = 60.0
# Tests have an environment without `PYLOT_EDITORS`.
PROGRAMS = Installation(editors_folder()).terminal
PAGES = ROOT / "build" / "editors" / "terminal"
KINDS = ("lsp", "engine", "index-worker")
Answer = TypeVar("Answer")


def program(name: str) -> str:
    """Return the path of `nvim`, `hx` or `tmux` as `make editors` has installed it."""
    return str(PROGRAMS / name)


class Terminal:
    """Type keys and read the screen, as a user does."""

    def __init__(self, folder: Path, *, columns: int = 100, rows: int = 28) -> None:
        self._socket = folder / "tmux"
        self._size = ("-x", str(columns), "-y", str(rows))
        self.pid = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _traceback: TracebackType | None) -> None:
        self.close()

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Start a program in the terminal; `pid` is its process then."""
        settings = [f"-e{name}={value}" for name, value in environment.items()]
        # A terminal that ends with its program would take the last screen with it.
        self._tmux("new-session", "-d", *self._size, "-s", "s", "-c", str(folder), *settings, *command)
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-sg", "escape-time", "0")
        self.pid = int(self._tmux("display-message", "-p", "-t", "s", "#{pane_pid}"))

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, such as `Enter`, `Escape`, `C-Space` or `M-Right`."""
        self._tmux("send-keys", "-t", "s", *keys)

    def type(self, text: str) -> None:
        """Type text, character by character; a line ends with Enter."""
        for index, line in enumerate(text.split("\n")):
            if index:
                self.press("Enter")
            if line:
                self._tmux("send-keys", "-t", "s", "-l", "--", line)

    def screen(self) -> str:
        """Return the screen as text, without blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._tmux("capture-pane", "-p", "-t", "s").splitlines())

    def shot(self, name: str) -> None:
        """Keep the screen as a page, of which `pictures.mjs` makes a picture."""
        PAGES.mkdir(parents=True, exist_ok=True)
        screen = self._tmux("capture-pane", "-p", "-e", "-N", "-t", "s")
        (PAGES / f"{name}.html").write_text(page_of(screen), encoding="utf-8")

    def wait_for(self, text: str, patience: float = PATIENCE) -> str:
        """Return the screen once a text is on it."""
        return until(lambda: shown if text in (shown := self.screen()) else "", lambda: self._missing(text), patience)

    def wait_without(self, text: str, patience: float = PATIENCE) -> str:
        """Return the screen once a text is no more on it."""
        return until(
            lambda: shown if text not in (shown := self.screen()) else "",
            lambda: f"{text!r} stays on the screen:\n{self.screen()}",
            patience,
        )

    def close(self) -> None:
        """End whatever still runs in the terminal."""
        subprocess.run([*self._command, "kill-server"], capture_output=True)

    def _missing(self, text: str) -> str:
        return f"{text!r} is not on the screen:\n{self.screen()}"

    @property
    def _command(self) -> list[str]:
        return [program("tmux"), "-S", str(self._socket), "-f", "/dev/null", "-u"]

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        result = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, env=environment, timeout=PATIENCE
        )
        if result.returncode != 0:
            raise AssertionError(f"tmux {arguments[0]}: {result.stderr.strip()}")
        return result.stdout


def until(ask: Callable[[], Answer], complaint: Callable[[], str], patience: float = PATIENCE) -> Answer:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + patience
    while not (answer := ask()):
        if time.monotonic() > end:
            raise AssertionError(complaint())
        time.sleep(0.05)
    return answer


def processes_of(home: Path) -> dict[str, list[psutil.Process]]:
    """Return the processes of Pylot that use a home, by what they are: `lsp`, `engine`, `index-worker`."""
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get("PYLOT_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                words = [word for word in process.cmdline() if word in KINDS]
                found.setdefault(words[0], []).append(process) if words else None
        except psutil.Error:
            continue
    return found
