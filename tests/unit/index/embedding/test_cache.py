"""What was embedded once is not embedded again (C4, A7)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pylot.index.embedding.cache import CachedEmbedder, EmbeddingCache
from tests.support.hash_embedder import HashEmbedder

TEXTS = ["def one", "def two", "def one", "class Three \ud800"]


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def test_a_branch_switch_and_back_embeds_nothing(cache: EmbeddingCache, tmp_path: Path) -> None:
    model = HashEmbedder()
    first = CachedEmbedder(model, cache).embed(TEXTS, file="a.py")
    cache.close()
    again = CachedEmbedder(model, EmbeddingCache(tmp_path / "cache"))
    second = again.embed([*reversed(TEXTS)], file="moved.py")

    assert model.asked == ["def one", "def two", "class Three \ud800"]
    assert np.array_equal(first[::-1], second)
    assert (again.embedded, again.model_id, again.dimensions) == (0, "hash", 64)
    assert np.linalg.norm(first, axis=1) == pytest.approx([1.0] * 4, abs=1e-3)
    assert again.embed([], file="a.py").shape == (0, 64)


def test_another_model_has_vectors_of_its_own(cache: EmbeddingCache) -> None:
    one, other = HashEmbedder("one"), HashEmbedder("other", 32)
    CachedEmbedder(one, cache).embed(["text"], file="a.py")

    assert CachedEmbedder(other, cache).embed(["text"], file="a.py").shape == (1, 32)
    assert CachedEmbedder(one, cache).embed(["text"], file="a.py").shape == (1, 64)
    assert (one.asked, other.asked) == (["text"], ["text"])


def test_a_query_is_kept_nowhere(cache: EmbeddingCache) -> None:
    embedder = CachedEmbedder(HashEmbedder(), cache)
    embedder.embed_query("secret plans")

    assert cache.get("hash", ["secret plans"]) == {}


def test_the_longest_unused_make_room(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, most_bytes=40 * (2 * 8 + 120))
    texts = [str(number) for number in range(50)]
    cache.put("m", texts, np.eye(50, 8, dtype=np.float32))
    cache.get("m", texts[:10])
    cache.trim()

    assert set(cache.get("m", texts)) == {*texts[:10], *texts[-20:]}


def test_a_cache_that_fails_costs_time_only(cache: EmbeddingCache, caplog: pytest.LogCaptureFixture) -> None:
    embedder = CachedEmbedder(HashEmbedder(), cache)
    cache.close()

    assert embedder.embed(["private text"], file="a.py").shape == (1, 64)
    assert "embedding cache not read" in caplog.text
    assert "private text" not in caplog.text


def test_a_damaged_file_is_begun_anew(cache: EmbeddingCache, tmp_path: Path) -> None:
    cache.put("m", ["a"], np.ones((1, 4), np.float32))
    cache.close()
    (tmp_path / "cache" / "embeddings.db").write_bytes(b"no database" * 1000)

    assert EmbeddingCache(tmp_path / "cache").get("m", ["a"]) == {}
