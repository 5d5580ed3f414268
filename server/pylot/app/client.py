"""What the session may ask of whoever is on the other side of the transport."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol


class Level(Enum):
    """How much a message matters to the user."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One problem in a configuration file; `line` counts from 0."""

    line: int
    message: str
    severity: Level = Level.ERROR


class ProgressHandle(Protocol):
    """One running progress report; `report` and `end` never block and never raise."""

    def report(self, message: str, percent: int | None = None) -> None:
        """Show where the work stands."""
        ...

    def end(self, message: str = "") -> None:
        """Say that the work is over."""
        ...


class Client(Protocol):
    """Reach the user; every call returns at once and never raises."""

    def show_message(self, level: Level, sentence: str) -> None:
        """Show one clear sentence."""
        ...

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        """Show one clear sentence about what is not done in a folder that the user does not trust, with a way to."""
        ...

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        """Show the problems of one file in place; an empty list takes them away."""
        ...

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        """Start a progress report (shown only where the client can show it); the user may end it with `on_cancel`."""
        ...

    def publish_status(self, kind: str, sentence: str) -> None:
        """Tell clients that declared `experimental.pylot` how Pylot is: `Normal`, `Warning`, `Error` or `Inactive`."""
        ...
