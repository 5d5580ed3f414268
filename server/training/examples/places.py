"""Where in the corpus an example is taken from, and what else of the same project stands beside it."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath

from training.data.documents import Document
from training.examples.renaming import IDENTIFIER
from training.examples.shapes import Chunk

_CANDIDATES = 8
_WINDOW_LINES = 40
_WINDOW_CHARACTERS = 6000
_HEAD_LINES = 30
_HEAD_CHARACTERS = 3000
_FAR_FROM_HEAD = 6000


@dataclass(frozen=True, slots=True)
class Place:
    """The beginning of a line that is not blank: `text[start:]` of document `index`."""

    index: int
    document: Document
    start: int

    @property
    def name(self) -> str:
        """The file's name without its folder, as the product says it."""
        return PurePosixPath(self.document.path).name


class Places:
    """Draws places; languages get their shares of the text, files and lines are drawn by length."""

    def __init__(self, documents: Sequence[Document], language_shares: dict[str, float]) -> None:
        self._documents = documents
        self._cumulated = list(accumulate(_weights(documents, language_shares)))
        self._projects: dict[str, list[int]] = {}
        for index, document in enumerate(documents):
            self._projects.setdefault(document.project, []).append(index)

    def draw(self, rng: random.Random) -> Place:
        """Return a place."""
        index = min(bisect(self._cumulated, rng.random() * self._cumulated[-1]), len(self._documents) - 1)
        document = self._documents[index]
        return Place(index, document, _code_line_start(document.text, rng))

    def context(self, place: Place, near: str, n_characters: int, rng: random.Random) -> list[Chunk]:
        """Return text of the same project that shares names with `near`, as the product would find it: worst first."""
        names = set(IDENTIFIER.findall(near))
        siblings = self._projects[place.document.project]
        found: list[tuple[float, Chunk]] = []
        for _ in range(_CANDIDATES):
            other = rng.choice(siblings)
            if other != place.index:
                text = _some_lines(self._documents[other].text, rng)
                theirs = set(IDENTIFIER.findall(text))
                score = len(names & theirs) / (1 + len(names | theirs))
                found.append((score, Chunk(PurePosixPath(self._documents[other].path).name, text)))
        found.sort(key=lambda one: -one[0])
        chunks = [chunk for _, chunk in found[: rng.randint(1, 2)]]
        if place.start > _FAR_FROM_HEAD and rng.random() < 0.3:
            head = "".join(place.document.text[:_HEAD_CHARACTERS].splitlines(keepends=True)[:_HEAD_LINES])
            chunks = [*chunks[:1], Chunk(place.name, head)]
        n_each = n_characters // max(1, len(chunks))
        return [Chunk(chunk.name, chunk.text[:n_each]) for chunk in reversed(chunks)]


def _weights(documents: Sequence[Document], language_shares: dict[str, float]) -> list[float]:
    totals: dict[str, int] = {}
    for document in documents:
        totals[document.language] = totals.get(document.language, 0) + len(document.text)
    return [
        len(document.text) * language_shares[document.language] / totals[document.language] for document in documents
    ]


def _code_line_start(text: str, rng: random.Random) -> int:
    for _ in range(8):
        start = text.rfind("\n", 0, rng.randrange(len(text))) + 1
        if text[start : start + 200].split("\n", 1)[0].strip():
            return start
    return 0


def _some_lines(text: str, rng: random.Random) -> str:
    start = text.rfind("\n", 0, rng.randrange(len(text))) + 1
    return "\n".join(text[start : start + _WINDOW_CHARACTERS].split("\n")[:_WINDOW_LINES])
