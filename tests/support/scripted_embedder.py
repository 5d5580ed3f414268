"""An embedder whose vectors are hashes, and which a test may let fail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylot.index.embedding.embedder import Vectors


class ScriptedEmbedder:
    """Implements `index.embedding.embedder.Embedder`; `texts` are all that it was given."""

    def __init__(self, model_id: str = "scripted", dimensions: int = 8) -> None:
        self.model_id = model_id
        self.dimensions = dimensions
        self.texts: list[str] = []
        self.failure: Exception | None = None
        self.forbidden: tuple[str, ...] = ()
        self.after_batch: Callable[[], None] = lambda: None

    def allows(self, file: str) -> bool:
        return not file.endswith(self.forbidden) if self.forbidden else True

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        import numpy as np

        if self.failure is not None:
            raise self.failure
        self.texts += texts
        vectors = np.array([self.embed_query(text) for text in texts], np.float32)
        self.after_batch()
        return vectors

    def embed_query(self, text: str) -> Vectors:
        import numpy as np

        bits = np.frombuffer(hashlib.sha256(text.encode()).digest()[: self.dimensions], np.uint8).astype(np.float32) + 1
        return bits / np.linalg.norm(bits)
