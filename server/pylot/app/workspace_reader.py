"""Read the workspace for the local predictor, in the background and in small steps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from pylot.completion.line_index import LineIndex
from pylot.kernel.clock import Clock
from pylot.syntax.languages import canonical_language
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.walk import read_allowed, walk

# Work for so long at a time, and leave the processor to others for as long; a file begun is read to its end.
_STEP_SECONDS = 0.003
# While somebody types, leave it to them for longer: a thread that is interrupted keeps the interpreter meanwhile, which
# on a busy machine holds up the next suggestion by tens of milliseconds.
_REST_WHILE_TYPING = 0.03
_TYPING_SECONDS = 1.0
# Twice the characters that the index takes of one file; more bytes are not even read.
_MAX_FILE_BYTES = 400_000
_NO_CODE = frozenset({"", "plaintext", "json", "xml"})


class WorkspaceReader:
    """Keep a `LineIndex` true to the files of the roots that pass the gate; `run` does all the work.

    Reading begins with the first document, at the folder it lies in, and ends where the index is full.
    A step that is under way when `run` is cancelled goes on in its thread, so a new reader needs an index of its own.
    The gate belongs to this reader alone, because it is asked from a thread.
    """

    def __init__(self, lines: LineIndex, roots: Roots, gate: ExclusionGate, clock: Clock) -> None:
        self._lines = lines
        self._roots = roots
        self._gate = gate
        self._clock = clock
        self._near: Path | None = None
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._typed: float | None = None
        self.finished = asyncio.Event()

    def begin_near(self, path: str) -> None:
        """Begin to read, if nothing has been read yet."""
        if self._near is None and path:
            self._near = Path(path).parent
            self._wake.set()

    def give_way(self) -> None:
        """Take in that somebody types."""
        self._typed = self._clock.monotonic()

    def file_changed(self, path: str) -> None:
        """Take in that a file was written, made or deleted, once `run` comes to it."""
        if self._near is not None and path:
            self._changed[path] = None
            self._wake.set()

    async def run(self) -> None:
        """Read until the task is cancelled."""
        await self._wake.wait()
        assert self._near is not None
        files = walk(self._roots, self._gate, self._near)
        more = True
        while more:
            more = await asyncio.to_thread(self._read_some, files)
            await asyncio.sleep(self._rest_seconds)
        self.finished.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._changed:
                path = next(iter(self._changed))
                del self._changed[path]
                await asyncio.to_thread(self._read_again, Path(path))

    @property
    def _rest_seconds(self) -> float:
        is_typing = self._typed is not None and self._clock.monotonic() - self._typed < _TYPING_SECONDS
        return _REST_WHILE_TYPING if is_typing else _STEP_SECONDS

    def _read_some(self, files: Iterator[Path]) -> bool:
        """Read on for a moment; false when there is nothing more to read or no more room."""
        begun = self._clock.monotonic()
        for path in files:
            if not self._read(path):
                return False
            if self._clock.monotonic() - begun > _STEP_SECONDS:
                return True
        return False

    def _read_again(self, path: Path) -> None:
        self._lines.remove(str(path))
        if path.exists():
            self._read(path)
        else:
            self._lines.remove_below(str(path))

    def _read(self, path: Path) -> bool:
        if canonical_language("", str(path)) in _NO_CODE:
            return True
        text = read_allowed(path, self._gate, _MAX_FILE_BYTES)
        return text is None or self._lines.put(str(path), text)
