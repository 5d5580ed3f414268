"""Held-out lines to complete: half from after the indentation, half from within the line."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.data.documents import Document

Kind = Literal["line", "rest"]

_LINE_START = re.compile(r"\n[ \t]*(?=\S)")
_PAUSE = re.compile(r"[.(\[ =,:]|\w{2}")
_LEAST_BEFORE = 400
_LEAST_FILE = 1500
_LEAST_LINE = 8
_LEAST_TARGET = 4


@dataclass(frozen=True, slots=True)
class LineCase:
    """Complete `text[:start]` so that it goes on with `text[start:end]`, given what follows."""

    project: str
    path: str
    language: str
    kind: Kind
    text: str
    start: int
    end: int

    @property
    def target(self) -> str:
        """What should be written."""
        return self.text[self.start : self.end]


def make_cases(documents: Sequence[Document], n_per_language: int, seed: int = 42) -> list[LineCase]:
    """Return as many cases of each language, its projects drawn alike, whatever their size."""
    rng = random.Random(seed)
    by_language: dict[str, dict[str, list[Document]]] = {}
    for document in documents:
        if len(document.text) >= _LEAST_FILE:
            by_language.setdefault(document.language, {}).setdefault(document.project, []).append(document)
    cases: list[LineCase] = []
    for _, projects in sorted(by_language.items()):
        found: list[LineCase] = []
        while len(found) < n_per_language:
            document = rng.choice(projects[rng.choice(sorted(projects))])
            kind: Kind = "rest" if len(found) % 2 else "line"
            if case := _case(document, kind, rng):
                found.append(case)
        cases += found
    return cases


def _case(document: Document, kind: Kind, rng: random.Random) -> LineCase | None:
    text = document.text
    starts = [found.end() for found in _LINE_START.finditer(text, _LEAST_BEFORE)]
    start = rng.choice(starts) if starts else 0
    end = text.find("\n", start) if "\n" in text[start:] else len(text)
    line = text[start:end]
    # Comments, closing brackets and texts say little about code.
    if len(line) < _LEAST_LINE or line[0] in "#/*)]}\"'`" or not re.search(r"[A-Za-z]{3}", line):
        return None
    if kind == "rest":
        places = [found.end() for found in _PAUSE.finditer(line[:-_LEAST_TARGET])]
        if not places:
            return None
        start += rng.choice(places)
    if len(text[start:end].strip()) < _LEAST_TARGET:
        return None
    return LineCase(document.project, document.path, document.language, kind, text, start, end)
