"""The texts that the copier searches: open files, most recent first, with their indentation taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pylot.completion.flat_text import FlatTexts, flatten
from pylot.completion.values import OpenFile

_MAX_FILES = 40
_MAX_CHARACTERS = 2_500_000


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """One file ready to be searched."""

    path: str
    text: str
    flat: str


class SearchedFile(Protocol):
    """A file that can be searched, whose whole text may have to be worked out first."""

    @property
    def path(self) -> str:
        """Where it lies."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...

    @property
    def flat(self) -> str:
        """What it says without indentation."""
        ...


class CopyIndex:
    """Hold the files worth copying from; a file is flattened again only when its text has changed."""

    def __init__(self, max_files: int = _MAX_FILES, max_characters: int = _MAX_CHARACTERS) -> None:
        self._max_files = max_files
        self._max_characters = max_characters
        self._files: dict[str, IndexedFile] = {}
        self.flat_texts = FlatTexts()

    def refresh(self, files: Sequence[OpenFile]) -> None:
        """Take these files, and no others, as the ones to search: most recently active first, within bounds."""
        kept: dict[str, IndexedFile] = {}
        n_characters = 0
        for file in sorted(files, key=lambda each: -each.last_active)[: self._max_files]:
            n_characters += len(file.text)
            if n_characters > self._max_characters:
                break
            known = self._files.get(file.path)
            unchanged = known is not None and known.text == file.text
            kept[file.path] = known if known and unchanged else IndexedFile(file.path, file.text, flatten(file.text))
        self._files = kept

    def files(self, *, except_path: str) -> Iterator[IndexedFile]:
        """Yield the files other than the one being edited, most recent first."""
        return (file for path, file in self._files.items() if path != except_path)
