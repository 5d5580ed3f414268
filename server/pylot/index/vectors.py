"""Give every chunk its vector, once its text can be searched."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pylot.index.catalogue import Catalogue
from pylot.index.chunk_rows import ChunkRow, embedding_text, rows_of
from pylot.index.source import Source, read_source
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError
from pylot.storage.database import Database
from pylot.syntax.chunks import chunks_of
from pylot.syntax.symbols import read_symbols
from pylot.workspace.exclusion import ExclusionGate

if TYPE_CHECKING:
    import numpy as np

    from pylot.index.embedding.embedder import Embedder

_log = logging.getLogger(__name__)

# Few at a time, so that a completion that wants the processor gets it soon.
_TEXTS_AT_ONCE = 4
_STEP_SECONDS = 0.3
_FILES_AT_ONCE = 64
# More of one file is data rather than code: it is found by its words.
_MOST_CHUNKS = 200
_RETRY_SECONDS = 30.0


class VectorStore(Protocol):
    """What the filler needs of a store of chunks; every method may raise StorageError."""

    def set_vectors(self, model_id: str, rows: Sequence[ChunkRow], vectors: np.ndarray) -> None:
        """Store a model's vectors of chunks, one line for each."""
        ...

    def keep_only_vectors_of(self, model_id: str) -> None:
        """Forget the vectors of every other model."""
        ...


class VectorFiller:
    """Embed what has no vectors of the present model; owned by the thread that writes the index.

    Another model's vectors stay, and `ready` names it, until every chunk has one of the new model.
    A model that cannot be had is asked again after half a minute; `failure` says why until then.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        store: VectorStore,
        *,
        clock: Clock,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._root = root
        self._database = database
        self._catalogue = Catalogue(database)
        self._store = store
        self._clock = clock
        self._interrupted = interrupted
        self._preferred: dict[str, None] = {}
        self._embedder: Embedder | None = None
        self._retry_at = 0.0
        self.failure: PylotError | None = None
        self.n_embedded = 0

    @property
    def ready(self) -> str:
        """The id of the model whose vectors are complete, or were until files changed; empty where there is none."""
        return self._catalogue.fact("vectors")

    @property
    def model_id(self) -> str:
        """The id of the model that embeds now; empty where there is none."""
        return self._embedder.model_id if self._embedder else ""

    @property
    def can_work(self) -> bool:
        """Whether there is a model that can be had."""
        return self._embedder is not None and self.failure is None

    def use(self, embedder: Embedder | None) -> None:
        """Embed with this model from now on."""
        self._embedder = embedder
        self.failure, self._retry_at = None, 0.0

    def prefer(self, paths: Iterable[str]) -> None:
        """Embed these files before others: somebody has just saved them."""
        self._preferred |= dict.fromkeys(paths)

    def step(self, gate: ExclusionGate, max_bytes: int) -> bool:
        """Embed some files; false when all have their vectors, or the model cannot be had now."""
        if self._embedder is None or self._clock.monotonic() < self._retry_at:
            return False
        try:
            return self._step(self._embedder, gate, max_bytes)
        except PylotError as error:
            _log.warning("not embedded: %s %s", error.sentence, error.detail)
            self.failure = error
            self._retry_at = self._clock.monotonic() + _RETRY_SECONDS
            return False

    def _step(self, embedder: Embedder, gate: ExclusionGate, max_bytes: int) -> bool:
        paths = self._next_paths(embedder.model_id)
        if not paths:
            self._finish(embedder.model_id)
            return False
        begun = self._clock.monotonic()
        done: list[tuple[str, str]] = []
        rows: list[ChunkRow] = []
        vectors: list[np.ndarray] = []
        for path in paths:
            found = self._chunks(path, gate, max_bytes)
            if found is not None:
                sha256, own = found
                made = self._embed(embedder, path, own)
                if made is None:
                    break
                done.append((path, sha256))
                if made:
                    rows += own
                    vectors += made
            self._preferred.pop(path, None)
            if self._clock.monotonic() - begun > _STEP_SECONDS or self._interrupted():
                break
        self._write(embedder.model_id, done, rows, vectors)
        self.failure = None
        return True

    def _next_paths(self, model_id: str) -> list[str]:
        if self._preferred:
            return list(self._preferred)[:_FILES_AT_ONCE]
        return self._catalogue.to_embed(model_id, _FILES_AT_ONCE)

    def _chunks(self, path: str, gate: ExclusionGate, max_bytes: int) -> tuple[str, list[ChunkRow]] | None:
        """Return a file's content hash and chunks, or None where it has changed since it was indexed."""
        known = self._catalogue.get(path)
        if known is None or known.reason:
            return None
        source = read_source(self._root / path, known.size, gate, max_bytes)
        if not isinstance(source, Source) or source.sha256 != known.sha256:
            with self._database.transaction():
                # The next pass reads it again; until then nobody waits for its vectors.
                self._catalogue.touch(path, known.size, 0)
                self._catalogue.embedded(path, known.sha256, self.model_id)
            return None
        symbols = read_symbols(source.text, source.language)
        chunks = chunks_of(source.text, symbols.definitions)[:_MOST_CHUNKS]
        return source.sha256, rows_of(path, source.language, chunks)

    def _embed(self, embedder: Embedder, path: str, rows: list[ChunkRow]) -> list[np.ndarray] | None:
        """Return the vectors of a file's chunks, none where its model may not be given them; None when interrupted.

        What was embedded before an interruption is in the cache.
        """
        file = str(self._root / path)
        if not embedder.allows(file):
            return []
        made: list[np.ndarray] = []
        for start in range(0, len(rows), _TEXTS_AT_ONCE):
            if start and self._interrupted():
                return None
            made += list(
                embedder.embed([embedding_text(row) for row in rows[start : start + _TEXTS_AT_ONCE]], file=file)
            )
        return made

    def _write(
        self, model_id: str, done: list[tuple[str, str]], rows: list[ChunkRow], vectors: list[np.ndarray]
    ) -> None:
        if rows:
            import numpy as np

            self._store.set_vectors(model_id, rows, np.stack(vectors))
        with self._database.transaction():
            for path, sha256 in done:
                self._catalogue.embedded(path, sha256, model_id)
        self.n_embedded += len(done)

    def _finish(self, model_id: str) -> None:
        if self.ready != model_id:
            self._store.keep_only_vectors_of(model_id)
            with self._database.transaction():
                self._catalogue.state("vectors", model_id)
