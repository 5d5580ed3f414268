"""An editor with documents open, as far as an agent's files need it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class OpenDocuments:
    """Implement `execution.files.Editor`: hold texts in buffers, and save them only if it `saves`."""

    def __init__(self, *paths: Path, accepts: bool = True, saves: bool = False) -> None:
        self.buffers = {path.resolve(): path.read_text(encoding="utf-8") for path in paths}
        self.accepts, self.saves = accepts, saves
        self.asked_to_save: list[str] = []

    def type(self, path: Path, text: str) -> None:
        """Put a text into a document as the user does."""
        self.buffers[path.resolve()] = text

    def text(self, path: Path) -> str | None:
        return self.buffers.get(path)

    async def replace(self, path: Path, before: str | None, after: str | None, label: str) -> bool:
        if path not in self.buffers or not self.accepts:
            return False
        assert before == self.buffers[path]
        self.buffers[path] = after or ""
        return True

    def open_paths(self) -> Sequence[Path]:
        return list(self.buffers)

    async def save(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self.asked_to_save.append(path.name)
            if self.saves:
                path.write_text(self.buffers[path], encoding="utf-8")
