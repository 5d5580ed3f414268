"""Vectors from a model server, in either of the two shapes that servers give them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.kernel.errors import ProviderRequestError
from pylot.models.http.client import HttpClient
from pylot.models.http.failures import garbage
from pylot.models.http.openai_events import count, number

_TEXTS_PER_REQUEST = 32
_MAX_ANSWER = 64 << 20


async def embed(client: HttpClient, path: str, texts: Sequence[str], extra: Mapping[str, Any]) -> list[list[float]]:
    """Return one vector of length 1 per text, asked for in OpenAI's way."""
    vectors: list[list[float]] = []
    n_at_once = _TEXTS_PER_REQUEST
    while len(vectors) < len(texts):
        batch = list(texts[len(vectors) : len(vectors) + n_at_once])
        answer = await client.post(path, {"input": batch, "encoding_format": "float", **extra}, limit=_MAX_ANSWER)
        entries = _entries(client.who, answer.get("data") if isinstance(answer, Mapping) else None, len(batch))
        if len(batch) > 1 and any(_is_unpooled(entry) for entry in entries):
            # llama-cpp-python's server mixes texts up when their tokens are not pooled; alone each one is right.
            n_at_once = 1
            continue
        vectors += [_unit(client.who, _pooled(client.who, entry)) for entry in entries]
    return vectors


async def embed_on_llama_server(
    client: HttpClient, texts: Sequence[str], extra: Mapping[str, Any]
) -> list[list[float]]:
    """Return one vector of length 1 per text; of a model that pools nothing, the mean over its tokens."""
    try:
        return await embed(client, "/v1/embeddings", texts, extra)
    except ProviderRequestError as error:
        if error.too_long:
            raise
    vectors: list[list[float]] = []
    for text in texts:
        answer = await client.post("/embedding", {"content": text, **extra}, limit=_MAX_ANSWER)
        (entry,) = _entries(client.who, answer, 1)
        vectors.append(_unit(client.who, _pooled(client.who, entry)))
    return vectors


def _entries(who: str, entries: object, n_wanted: int) -> list[object]:
    """Return what stands for the vectors, in the order of the texts."""
    if not isinstance(entries, list) or len(entries) != n_wanted:
        raise garbage(who, "not one vector per text")
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise garbage(who, "something that is no vector")
    places = [count(entry.get("index")) for entry in entries]
    if sorted(place for place in places if place is not None) == list(range(n_wanted)):
        entries = sorted(entries, key=lambda entry: int(entry["index"]))
    return [entry.get("embedding") for entry in entries]


def _is_unpooled(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


def _pooled(who: str, value: object) -> list[float]:
    if isinstance(value, list) and _is_unpooled(value):
        rows = [_numbers(who, row) for row in value]
        if len({len(row) for row in rows}) != 1:
            raise garbage(who, "vectors of different lengths")
        return [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return _numbers(who, value)


def _numbers(who: str, value: object) -> list[float]:
    found = [number(entry) for entry in value] if isinstance(value, list) else []
    known = [entry for entry in found if entry is not None]
    if not known or len(known) != len(found):
        raise garbage(who, "something that is no vector")
    return known


def _unit(who: str, vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector))
    if not 0 < length < math.inf:
        raise garbage(who, "a vector without direction")
    return [value / length for value in vector]
