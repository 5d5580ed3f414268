"""Answer questions about the index, one at a time, beside the thread that writes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pylot.index.chunk_rows import Filters
from pylot.index.embedding.embedder import Embedder
from pylot.index.opening import OpenedIndex
from pylot.index.question import Question
from pylot.index.search import Answer, Place, Search
from pylot.index.worker.query import SearchQuery, read_query
from pylot.syntax.languages import canonical_language

T = TypeVar("T")


class Questions:
    """Own the thread that reads; a search waits for no write."""

    def __init__(self, index: OpenedIndex) -> None:
        self._index = index
        self._thread = ThreadPoolExecutor(1, "questions")

    async def run(self, work: Callable[[], T]) -> T:
        """Do something that reads the index."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def search(self, values: Mapping[str, Any], embedder: Embedder | None) -> dict[str, Any]:
        """Return the answer to a question, as `answer_to_json` writes it; `embedder` made the vectors.

        Raises:
            ConfigError: the question makes no sense.
            StorageError: the index cannot be read now.
        """
        query = read_query(values)
        return answer_to_json(await self.run(lambda: self._answer(query, embedder)))

    def close(self) -> None:
        """Answer what is asked already, and no more."""
        self._thread.shutdown(cancel_futures=True)

    def _answer(self, query: SearchQuery, embedder: Embedder | None) -> Answer:
        languages = tuple(canonical_language(name) for name in query.languages)
        filters = Filters(query.paths, languages, query.kinds)
        question = Question(query.text, query.limit, filters, query.per_file)
        search = Search(self._index.searched, embedder if self._index.has_vectors else None)
        if query.like is None:
            return search.find(question)
        return search.similar(question, Place(query.like.path, query.like.start_line, query.like.end_line))


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return `{form, notes, hits}` as JSON values; lines count from 0, the last one is included."""
    hits = [
        {
            "path": hit.path, "startLine": hit.start_line, "endLine": hit.end_line, "symbol": hit.symbol,
            "kind": hit.kind, "language": hit.language, "excerpt": hit.excerpt.text,
            "excerptLine": hit.excerpt.start_line, "reason": hit.reason, "score": hit.score,
        }
        for hit in answer.hits
    ]  # fmt: skip
    return {"form": answer.form.name.lower(), "notes": list(answer.notes), "hits": hits}
