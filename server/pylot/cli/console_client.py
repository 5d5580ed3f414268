"""The user at a terminal, as the session sees them: messages go to stderr."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pylot.app.client import FileProblem, Level, ProgressHandle
from pylot.cli.terminal import print_sentence


class ConsoleClient:
    """Implements `app.client.Client`; keeps what was said, so that nothing is said twice."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def show_message(self, level: Level, sentence: str) -> None:
        """Write one sentence."""
        if sentence not in self.messages:
            self.messages.append(sentence)
            color = "red" if level is Level.ERROR else "yellow"
            print_sentence(sentence, color)

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        """Write one sentence; `pylot trust` is the way."""
        self.show_message(Level.WARNING, sentence)

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        """Write the problems of one file."""
        for problem in problems:
            self.show_message(problem.severity, f"{path}:{problem.line + 1}: {problem.message}")

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        """Return a silent report: what takes long at a terminal is announced by the command itself."""
        return _Silent()

    def publish_status(self, kind: str, sentence: str) -> None:
        """Leave status to the messages."""


class _Silent:
    def report(self, message: str, percent: int | None = None) -> None:
        """Say nothing."""

    def end(self, message: str = "") -> None:
        """Say nothing."""
