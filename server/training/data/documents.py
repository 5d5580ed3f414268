"""One cleaned source file, and the corpus file that holds them as JSON lines."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TextIO, cast

from training.failure import TrainingError

LANGUAGES = {
    ".py": "python",
    ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".cts": "typescript",
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file of a project; `held_out` ones are never trained on."""

    project: str
    path: str
    language: str
    held_out: bool
    text: str


def write_corpus(path: Path, documents: Iterable[Document]) -> None:
    """Write documents one per line, compressed when the name ends in `.xz`; the file appears whole or not at all."""
    new = path.with_name(f"new-{path.name}")
    with _open(new, "wt") as file:
        for document in documents:
            file.write(json.dumps(asdict(document), ensure_ascii=False) + "\n")
    new.replace(path)


def read_corpus(path: Path, *, held_out: bool) -> Iterator[Document]:
    """Yield the documents of one side of the corpus in their order; raises TrainingError when there is no corpus."""
    if not path.exists():
        raise TrainingError(f"There is no {path}: run the step `data` first.")
    with _open(path, "rt") as file:
        for line in file:
            document = Document(**json.loads(line))
            if document.held_out == held_out:
                yield document


def _open(path: Path, mode: Literal["rt", "wt"]) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, mode, encoding="utf-8")
    return cast(TextIO, path.open(mode, encoding="utf-8"))
