"""The embedder of the role `embed`: the one in the box, or any model behind the door (F11, H1)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, TypeVar

from pylot.index.embedding.boxed import BoxedEmbedder
from pylot.index.embedding.embedder import Embedder
from pylot.kernel.errors import ModelError, ProviderRequestError
from pylot.models.door import Models
from pylot.models.routing.routed import RoutedProvider
from pylot.models.settings import ModelsSettings
from pylot.models.values import ModelProfile, Urgency

if TYPE_CHECKING:
    from pylot.index.embedding.embedder import Vectors

T = TypeVar("T")

# A chunk has at most some 1,500 characters; what is longer costs more than its end is worth.
_MOST_CHARACTERS = 4096
_LEAST_CHARACTERS = 64


async def open_embedder(settings: ModelsSettings, models: Models) -> Embedder | None:
    """Return the embedder of the role `embed`, loaded and tried; None when the user wants none.

    What is embedded with a provider runs on the loop that this is called on, so the embedder must be used from other
    threads.

    Raises:
        PylotError: the model cannot be had now.
    """
    if not settings.roles.embed:
        return None
    if settings.uses_boxed_embedder:
        return await asyncio.to_thread(BoxedEmbedder)
    provider = models.provider("embed", "index")
    profile = await provider.ready()
    return RoleEmbedder(provider, profile, len(await _embed_one(provider, profile.query_prefix + "a")))


class RoleEmbedder:
    """Embed with a model of the engine or of a server.

    All deployments of the model must be of one kind, which their number of dimensions is checked for.
    """

    def __init__(self, provider: RoutedProvider, profile: ModelProfile, dimensions: int) -> None:
        self.dimensions = dimensions
        self._provider = provider
        self._text_prefix, self._query_prefix = profile.text_prefix, profile.query_prefix
        self._loop = asyncio.get_running_loop()
        identity = "\n".join((profile.identity, str(dimensions), self._text_prefix, self._query_prefix))
        self.model_id = f"{profile.name} {hashlib.sha256(identity.encode()).hexdigest()[:16]}"

    def allows(self, file: str) -> bool:
        """Whether any deployment may be given texts of a file."""
        return any(decision.allowed for _, decision in self._provider.decisions(file))

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        """Return one vector per text; what is too long for the model is cut."""
        asked = [self._text_prefix + text[:_MOST_CHARACTERS] for text in texts]
        return self._array(self._wait(self._embed(asked, file)))

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of what somebody looks for."""
        asked = self._query_prefix + text[:_MOST_CHARACTERS]
        vector: Vectors = self._array([self._wait(_embed_one(self._provider, asked))])[0]
        return vector

    async def _embed(self, texts: Sequence[str], file: str) -> list[list[float]]:
        try:
            return await self._provider.embed(texts, urgency=Urgency.INDEX, file=file)
        except ProviderRequestError as error:
            if not error.too_long:
                raise
            if len(texts) > 1:
                return [(await self._embed([text], file))[0] for text in texts]
            if len(texts[0]) <= _LEAST_CHARACTERS:
                raise
            return await self._embed([texts[0][: len(texts[0]) // 2]], file)

    def _array(self, vectors: Sequence[Sequence[float]]) -> Vectors:
        import numpy as np

        if any(len(vector) != self.dimensions for vector in vectors):
            raise ModelError("The deployments of the model for the role embed give vectors of different lengths.")
        return np.array(vectors, np.float32).reshape(len(vectors), self.dimensions)

    def _wait(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _embed_one(provider: RoutedProvider, text: str) -> list[float]:
    [vector] = await provider.embed([text], urgency=Urgency.QUERY)
    return vector
