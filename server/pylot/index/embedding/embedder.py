"""What every way to turn texts into vectors fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    """Of texts: n x dimensions, of one text: dimensions; every vector has length 1, so a dot product is a cosine."""


class Embedder(Protocol):
    """One model that embeds (F11); every method may be called from any thread, and blocks it.

    All raise `PylotError` with one sentence for the user when the model cannot be had now.
    """

    @property
    def model_id(self) -> str:
        """What the model's vectors are known by: those of another id must never be compared with them."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    def allows(self, file: str) -> bool:
        """Whether texts of a file may be given to this model (P3); one on this machine is given any."""
        ...

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        """Return the vectors of what is to be found, n x dimensions; `file` is the path of the file it stands in.

        Raises:
            ModelError: the model may not be given texts of that file.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of what somebody looks for."""
        ...
