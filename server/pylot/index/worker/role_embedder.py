"""Have the model of the role `embed` at hand: loaded for the settings in force, tried again where it cannot be had."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from pylot.config.shipped import shipped_folder
from pylot.index.embedding.cache import CachedEmbedder, EmbeddingCache
from pylot.index.embedding.embedder import Embedder
from pylot.index.embedding.role import open_embedder
from pylot.index.worker.messages import Wishes
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError, StorageError
from pylot.kernel.stories import story
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.storage.directories import Directories

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 60.0
_LOADING_SECONDS = 10.0

Use = Callable[[Embedder | None, str], None]


class EmbedderKeeper:
    """Open the embedder whenever the settings ask for another one; owned by the event loop.

    `use` gets it, or None and the sentence that says why there is none.
    """

    def __init__(self, directories: Directories, clock: Clock, use: Use) -> None:
        self._directories = directories
        self._clock = clock
        self._use = use
        self._models: Models | None = None
        self._wishes: Wishes | None = None
        self._opening: asyncio.Task[None] | None = None
        self._current: Embedder | None = None
        self._before: Embedder | None = None
        self._tried = asyncio.Event()

    async def for_questions(self, complete_model: str) -> Embedder | None:
        """Return the embedder to ask with: the last one, while its vectors are complete and those of this one not.

        One that is being loaded is waited for, some seconds at most.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), _LOADING_SECONDS)
        if self._before is not None and self._before.model_id == complete_model:
            return self._before
        return self._current

    def configure(self, wishes: Wishes) -> None:
        """Take the settings in force."""
        if self._wishes is not None and _same_model(self._wishes, wishes):
            return
        self._wishes = wishes
        if self._opening is not None:
            self._opening.cancel()
        self._opening = asyncio.get_running_loop().create_task(self._open(wishes))

    async def close(self) -> None:
        """Let go of the model."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._models is not None:
            await self._models.close()

    async def _open(self, wishes: Wishes) -> None:
        while True:
            embedder, problem = None, ""
            try:
                if wishes.index.vectors:
                    embedder = await open_embedder(wishes.models, self._door(wishes))
            except PylotError as error:
                problem = error.sentence
            except Exception as error:
                _log.error("no embedder: %s", story(error))
                problem = "The model for embeddings cannot be loaded; the log of the index worker says why."
            if self._current is not None and (embedder is None or embedder.model_id != self._current.model_id):
                self._before = self._current
            self._current = embedder
            self._tried.set()
            self._use(self._cached(embedder) if embedder else None, problem)
            if not problem:
                return
            await asyncio.sleep(_RETRY_SECONDS)

    def _door(self, wishes: Wishes) -> Models:
        if self._models is None:
            self._models = Models(
                wishes.models,
                wishes.engine,
                cards=load_cards(shipped_folder() / "models.yaml"),
                models_directory=self._directories.models,
                runtime_directory=self._directories.runtime,
                log_directory=self._directories.log,
                clock=self._clock,
                say=lambda sentence: _log.warning("%s", sentence),
            )
        else:
            self._models.configure(wishes.models, wishes.engine)
        return self._models

    def _cached(self, embedder: Embedder) -> Embedder:
        try:
            return CachedEmbedder(embedder, EmbeddingCache(self._directories.cache))
        except StorageError as error:
            _log.warning("no embedding cache: %s", error.sentence)
            return embedder


def _same_model(before: Wishes, now: Wishes) -> bool:
    return (before.models, before.engine, before.index.vectors) == (now.models, now.engine, now.index.vectors)
