"""A client that remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pylot.app.client import FileProblem, Level, ProgressHandle


class _Progress:
    def report(self, message: str, percent: int | None = None) -> None:
        pass

    def end(self, message: str = "") -> None:
        pass


class RecordingClient:
    """Keep every sentence and the present problems of every file."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.problems: dict[Path, list[str]] = {}

    def show_message(self, level: Level, sentence: str) -> None:
        self.sentences.append(sentence)

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        self.sentences.append(sentence)

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        self.problems[path] = [problem.message for problem in problems]

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        return _Progress()

    def publish_status(self, kind: str, sentence: str) -> None:
        pass
