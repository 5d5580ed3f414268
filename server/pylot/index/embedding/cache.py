"""What was embedded once, kept by model and content for all workspaces and branches of a user.

A branch switch and back embeds nothing again, and neither does a second work tree.
The file holds hashes and vectors, no text; it can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pylot.index.embedding.embedder import Embedder
from pylot.kernel.errors import StorageError
from pylot.kernel.stories import story
from pylot.storage.database import Database
from pylot.storage.directories import make_private_folder

if TYPE_CHECKING:
    from pylot.index.embedding.embedder import Vectors

CACHE_BYTES = 256_000_000
"""About 280,000 vectors of 384 numbers."""

_log = logging.getLogger(__name__)
_VERSION = 1
_SCHEMA = (
    "CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # `used` counts up with every batch, so the smallest are those that nobody has asked for the longest.
    """CREATE TABLE vectors (
        model INTEGER NOT NULL, text_sha256 BLOB NOT NULL, used INTEGER NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (model, text_sha256)) WITHOUT ROWID""",
    "CREATE INDEX vectors_by_use ON vectors (used)",
)
_NEXT = "(SELECT coalesce(max(used), 0) + 1 FROM vectors)"
# Of a row beside its vector, measured: hash, numbers and two trees.
_BYTES_PER_ROW = 120
_CHECKED_EVERY = 1000
_ASKED_AT_ONCE = 500


class EmbeddingCache:
    """Vectors by model and content, at half precision; for one thread at a time, shared with other processes.

    Raises:
        StorageError: the disk does not allow to open it.
    """

    def __init__(self, folder: Path, *, most_bytes: int = CACHE_BYTES) -> None:
        self._database = Database.open(make_private_folder(folder) / "embeddings.db", _SCHEMA, _VERSION)
        self._most_bytes = most_bytes
        self._since_check = 0

    def get(self, model_id: str, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors that are known, by text."""
        import numpy as np

        digests = {_digest(text): text for text in texts}
        model = self._model(model_id)
        found: dict[str, Vectors] = {}
        wanted = list(digests)
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(some))
            where = f"model = ? AND text_sha256 IN ({marks})"
            rows = self._database.rows(f"SELECT text_sha256, vector FROM vectors WHERE {where}", [model, *some])
            found |= {digests[digest]: np.frombuffer(vector, "<f2").astype(np.float32) for digest, vector in rows}
            if rows:
                self._database.run(f"UPDATE vectors SET used = {_NEXT} WHERE {where}", [model, *some])
        return found

    def put(self, model_id: str, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, one per text; the longest unused ones make room."""
        model = self._model(model_id)
        halves = vectors.astype("<f2")
        rows = [(model, _digest(text), vector.tobytes()) for text, vector in zip(texts, halves, strict=True)]
        with self._database.transaction():
            self._database.run_many(f"INSERT OR REPLACE INTO vectors VALUES (?, ?, {_NEXT}, ?)", rows)
        self._since_check += len(rows)
        if self._since_check >= _CHECKED_EVERY:
            self._since_check = 0
            self.trim()

    def trim(self) -> None:
        """Leave out the longest unused vectors until the rest takes three quarters of the room, if it takes more."""
        n_bytes, n_rows = self._size()
        if n_bytes <= self._most_bytes:
            return
        # The room within the file is used again, so the file does not grow.
        n_least = n_rows - n_rows * self._most_bytes * 3 // (4 * n_bytes)
        oldest = "SELECT model, text_sha256 FROM vectors ORDER BY used LIMIT ?"
        with self._database.transaction():
            self._database.run(f"DELETE FROM vectors WHERE (model, text_sha256) IN ({oldest})", [n_least])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _size(self) -> tuple[int, int]:
        row = self._database.row(f"SELECT coalesce(sum(length(vector) + {_BYTES_PER_ROW}), 0), count(*) FROM vectors")
        assert row is not None
        return int(row[0]), int(row[1])

    def _model(self, model_id: str) -> int:
        self._database.run("INSERT OR IGNORE INTO models (name) VALUES (?)", [model_id])
        row = self._database.row("SELECT id FROM models WHERE name = ?", [model_id])
        assert row is not None
        return int(row[0])


class CachedEmbedder:
    """An embedder that remembers; where the cache fails, it is as good as the embedder alone.

    `embedded` counts the texts that the model had to read.
    """

    def __init__(self, embedder: Embedder, cache: EmbeddingCache) -> None:
        self._embedder = embedder
        self._cache = cache
        self.model_id = embedder.model_id
        self.dimensions = embedder.dimensions
        self.embedded = 0

    def allows(self, file: str) -> bool:
        """Whether texts of a file may be given to the model."""
        return self._embedder.allows(file)

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        """Return one vector per text, embedding only what is not known."""
        import numpy as np

        known = self._known(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            vectors = self._embedder.embed(new, file=file)
            self.embedded += len(new)
            # As they will come out of the cache, so that it makes no difference.
            vectors = vectors.astype(np.float16).astype(np.float32)
            known |= dict(zip(new, vectors, strict=True))
            self._keep(new, vectors)
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), self.dimensions)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of what somebody looks for, which is kept nowhere."""
        return self._embedder.embed_query(text)

    def _known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        try:
            return self._cache.get(self.model_id, texts)
        except StorageError as error:
            _log.warning("embedding cache not read: %s", story(error))
            return {}

    def _keep(self, texts: Sequence[str], vectors: Vectors) -> None:
        try:
            self._cache.put(self.model_id, texts, vectors)
        except StorageError as error:
            _log.warning("embedding cache not written: %s", story(error))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
