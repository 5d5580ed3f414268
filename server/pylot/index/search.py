"""Where is it done? Chunks that answer a question, by words and by meaning, with the reason for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pylot.index.chunk_rows import ChunkRow, Scored, SearchStore
from pylot.index.excerpt import Excerpt, excerpt_of, matched_words
from pylot.index.fusion import LEXICAL_WEIGHT, fuse
from pylot.index.question import Form, Question, form_of, names_in, searched_words
from pylot.index.words import plain_name, words_of
from pylot.kernel.errors import PylotError

if TYPE_CHECKING:
    import numpy as np

_DEPTH = 100
_CANDIDATES_PER_HIT = 3
_LARGEST_SELECTION = 2000
_MOST_SELECTED_WORDS = 40
_SELECTION_WEIGHT = 0.4
_MOST_WORDS_SHOWN = 6
_BY_WORDS_ALONE = "Only words were compared, because the embedder cannot be used now"


class QuestionEmbedder(Protocol):
    """What search needs of an embedder."""

    @property
    def model_id(self) -> str:
        """What its vectors are known by."""
        ...

    def embed_query(self, text: str) -> np.ndarray:
        """Return the vector of a question, of length one; raises PylotError."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One place that answers; lines count from 0 and include the last.

    `score` lies between 0 and 1 and compares the hits of one answer only; `reason` says in words why it is one.
    """

    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    language: str
    excerpt: Excerpt
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, best first; `notes` are sentences for the user about what could not be compared."""

    hits: tuple[Hit, ...]
    form: Form
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file, counted from 0, the last one included."""

    path: str
    start_line: int
    end_line: int


class Search:
    """Answer questions from a store; without an embedder, or where it fails, by words alone."""

    def __init__(self, store: SearchStore, embedder: QuestionEmbedder | None = None) -> None:
        self._store = store
        self._embedder = embedder

    def find(self, question: Question) -> Answer:
        """Return the chunks that answer a question best; raises StorageError when the store cannot be read."""
        form = form_of(question.text)
        names = frozenset(map(plain_name, names_in(question.text))) if form is Form.CODE else frozenset()
        return self._answer(question, searched_words(question.text, form), form, LEXICAL_WEIGHT[form], names)

    def similar(self, question: Question, place: Place | None = None) -> Answer:
        """Return the chunks that are most like the code in `question`.

        Those that overlap `place`, where that code stands, are left out.
        """
        text = question.text[:_LARGEST_SELECTION]
        counted = Counter(word for word in words_of(text) if len(word) > 1)
        words = [word for word, _ in counted.most_common(_MOST_SELECTED_WORDS)]
        return self._answer(replace(question, text=text), words, Form.CODE, _SELECTION_WEIGHT, place=place)

    def _answer(
        self,
        question: Question,
        words: list[str],
        form: Form,
        weight: float,
        names: Collection[str] = (),
        place: Place | None = None,
    ) -> Answer:
        notes: list[str] = []
        if self._embedder is None or weight == 1:
            lexical, similarities = self._lexical(words, question), dict[str, float]()
        else:
            # Both take most of their time outside of Python.
            with ThreadPoolExecutor(1) as beside:
                meaning = beside.submit(self._similarities, self._embedder, question, notes)
                lexical, similarities = self._lexical(words, question), meaning.result()
        if self._embedder is not None and weight == 1 and not lexical:
            similarities = self._similarities(self._embedder, question, notes)
        scores = fuse(lexical, similarities, weight, names)
        reasons = _Reasons(words, names, similarities)
        return Answer(tuple(self._hits(question, scores, reasons, place)), form, tuple(notes))

    def _lexical(self, words: Sequence[str], question: Question) -> list[Scored]:
        return self._store.lexical(words, _depth(question), question.filters)

    def _similarities(self, embedder: QuestionEmbedder, question: Question, notes: list[str]) -> dict[str, float]:
        if not question.text.strip():
            return {}
        try:
            vector = embedder.embed_query(question.text)
        except PylotError as error:
            notes.append(f"{_BY_WORDS_ALONE}: {error.sentence}")
            return {}
        nearest = self._store.nearest(embedder.model_id, vector, _depth(question), question.filters)
        return {one.id: one.score for one in nearest}

    def _hits(
        self, question: Question, scores: Mapping[str, float], reasons: _Reasons, place: Place | None
    ) -> Iterator[Hit]:
        seen: set[tuple[str, str]] = set()
        per_file: Counter[str] = Counter()
        left = question.limit
        for row in self._rows(list(scores), question.limit * _CANDIDATES_PER_HIT):
            if left <= 0:
                return
            # Of a function that was cut into pieces the best one is enough.
            if row.symbol and (row.path, row.symbol) in seen:
                continue
            if per_file[row.path] >= question.per_file or (place and _overlap(row, place)):
                continue
            seen.add((row.path, row.symbol))
            per_file[row.path] += 1
            left -= 1
            yield Hit(
                row.path, row.start_line, row.end_line, row.symbol, row.kind, row.language,
                excerpt_of(row, reasons.words), reasons.of(row), round(scores[row.id], 4),
            )  # fmt: skip

    def _rows(self, ids: Sequence[str], at_once: int) -> Iterator[ChunkRow]:
        """Yield the rows that are still there; the vector of a chunk may outlive it for a moment."""
        for start in range(0, len(ids), at_once):
            wanted = ids[start : start + at_once]
            rows = self._store.rows(wanted)
            yield from (rows[one] for one in wanted if one in rows)


@dataclass(frozen=True, slots=True)
class _Reasons:
    words: Sequence[str]
    names: Collection[str]
    similarities: Mapping[str, float]

    def of(self, row: ChunkRow) -> str:
        """Return why a chunk is a hit: its name, the words it shares, how near its meaning is."""
        parts = []
        name = row.symbol.rpartition(".")[2]
        if plain_name(name) in self.names:
            parts.append(f"is named {name}")
        if shared := matched_words(row, self.words):
            parts.append(f"has {', '.join(shared[:_MOST_WORDS_SHOWN])}")
        if row.id in self.similarities:
            parts.append(f"similar meaning ({self.similarities[row.id]:.2f})")
        return "; ".join(parts)


def _depth(question: Question) -> int:
    return max(_DEPTH, question.limit * _CANDIDATES_PER_HIT)


def _overlap(row: ChunkRow, place: Place) -> bool:
    return row.path == place.path and row.start_line <= place.end_line and place.start_line <= row.end_line
