"""An embedder without a model: texts that share words have vectors that point the same way (F11)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pylot.kernel.errors import ModelError

if TYPE_CHECKING:
    from pylot.index.embedding.embedder import Vectors


class HashEmbedder:
    """Add up one direction per word; `asked` are all texts that were embedded, queries apart."""

    def __init__(self, model_id: str = "hash", dimensions: int = 64, refused: Collection[str] = ()) -> None:
        self.model_id = model_id
        self.dimensions = dimensions
        self.asked: list[str] = []
        self._refused = refused

    def allows(self, file: str) -> bool:
        """Whether a file is none of those refused."""
        return file not in self._refused

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        """Return one vector per text."""
        if not self.allows(file):
            raise ModelError("This file is refused.")
        self.asked += texts
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(len(texts), self.dimensions)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of one text."""
        total = np.zeros(self.dimensions, np.float32)
        for word in re.findall(r"\w+", text.lower()) or [""]:
            digest = hashlib.sha256(f"{self.model_id} {word}".encode()).digest()
            total[int.from_bytes(digest[:4]) % self.dimensions] += 1 if digest[4] % 2 else -1
        length = float(np.linalg.norm(total))
        if length == 0:
            total[0] = length = 1
        unit: Vectors = total / np.float32(length)
        return unit
