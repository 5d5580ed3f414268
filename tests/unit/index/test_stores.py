"""Both stores of chunks keep the same promises (L3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pylot.index.chunk_rows import ANYTHING, ChunkRow, Filters, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.index.word_store import WordStore
from pylot.kernel.errors import StorageError
from pylot.syntax.chunks import Chunk

Store = ChunkStore | WordStore
MODEL = "a model"
ODD_PATH = "it's a\nfile \\ %_*.py"


def opened(kind: str, folder: Path) -> Store:
    if kind == "lexical":
        return WordStore.open(folder / "words.db")
    store = ChunkStore.open(folder / "chunks")
    if store is None:
        pytest.skip("LanceDB is not installed")
    return store


@pytest.fixture(params=["lance", "lexical"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return opened(request.param, tmp_path)


def rows(path: str, *texts: str, language: str = "python", kind: str = "function") -> list[ChunkRow]:
    chunks = [Chunk(line, line, f"f{line}", kind, text) for line, text in enumerate(texts)]
    return rows_of(path, language, chunks)


def found(store: Store, *words: str, filters: Filters = ANYTHING) -> list[tuple[str, str]]:
    return [(one.path, one.symbol) for one in store.lexical(words, 10, filters)]


def test_a_file_is_replaced_as_a_whole(store: Store) -> None:
    store.replace({"a.py": rows("a.py", "open socket", "close socket"), "b.py": rows("b.py", "socket")})
    store.replace({"a.py": rows("a.py", "open door")})

    assert found(store, "socket") == [("b.py", "f0")]
    assert found(store, "open") == [("a.py", "f0")]
    assert store.count() == 2


def test_what_was_removed_is_not_found(store: Store) -> None:
    store.replace({"a.py": rows("a.py", "socket"), ODD_PATH: rows(ODD_PATH, "socket")})
    store.remove([ODD_PATH])
    store.remove([])
    store.replace({"a.py": []})

    assert found(store, "socket") == []


def test_any_path_and_any_text_can_be_stored(store: Store) -> None:
    lone = "surrogate \udc80 here"
    kept = rows(ODD_PATH, "quote ' \" \\ \0 ; --")
    store.replace({ODD_PATH: kept, "\udcff.py": rows("\udcff.py", lone)})

    assert found(store, "quote") == [(ODD_PATH, "f0")]
    assert store.rows([kept[0].id])[kept[0].id].text == kept[0].text
    assert found(store, "surrogate") == [("?.py", "f0")]
    store.remove(["\udcff.py"])

    assert store.count() == 1


FILTERS = [
    (Filters(languages=("go",)), ["b.go"]),
    (Filters(kinds=("class",)), ["c.py"]),
    (Filters(paths=("*.py",)), ["a.py", "c.py"]),
    (Filters(paths=("*.py", "!a*"), languages=("python", "go")), ["c.py"]),
]


@pytest.mark.parametrize(("filters", "paths"), FILTERS)
def test_filters_restrict_what_is_found(store: Store, filters: Filters, paths: list[str]) -> None:
    store.replace(
        {
            "a.py": rows("a.py", "word"),
            "b.go": rows("b.go", "word", language="go"),
            "c.py": rows("c.py", "word", kind="class"),
        }
    )

    assert sorted(path for path, _ in found(store, "word", filters=filters)) == paths


def test_content_and_identity_outlive_the_process(tmp_path: Path) -> None:
    for kind in ("lance", "lexical"):
        first = opened(kind, tmp_path)
        first.replace({"a.py": rows("a.py", "socket")})
        first.maintain(idle=True)
        identity = first.identity
        first.close()
        second = opened(kind, tmp_path)

        assert (second.identity, found(second, "socket")) == (identity, [("a.py", "f0")])
        second.close()


def test_vectors_are_found_by_model_and_go_with_their_file(tmp_path: Path) -> None:
    store = opened("lance", tmp_path)
    one, two = rows("a.py", "one", "two")
    store.replace({"a.py": [one, two]})
    east, north = np.eye(2, dtype=np.float32)
    store.set_vectors(MODEL, [one, two], np.stack([east, north]))

    nearest = store.nearest(MODEL, north, 10)

    assert [(hit.id, round(hit.score, 3)) for hit in nearest] == [(two.id, 1.0), (one.id, 0.0)]
    assert store.nearest("another model", north, 10) == []
    assert store.nearest(MODEL, np.ones(3, np.float32), 10) == []
    store.replace({"a.py": rows("a.py", "three")})
    assert store.count_vectors(MODEL) == 0


def test_the_vectors_of_other_models_are_forgotten(tmp_path: Path) -> None:
    store = opened("lance", tmp_path)
    (row,) = rows("a.py", "one")
    store.replace({"a.py": [row]})
    for model in ("old", "new"):
        store.set_vectors(model, [row], np.ones((1, 1), np.float32))
    store.keep_only_vectors_of("new")

    assert (store.count_vectors("old"), store.count_vectors("new")) == (0, 1)


def test_maintaining_keeps_one_version_and_everything_in_it(tmp_path: Path) -> None:
    store = opened("lance", tmp_path)
    for number in range(10):
        store.replace({"a.py": rows("a.py", f"word{number}", "socket")})
    store.maintain(idle=True)

    assert len(list((tmp_path / "chunks" / "chunks.lance" / "_versions").glob("*.manifest"))) == 1
    assert found(store, "socket") == [("a.py", "f1")]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = opened("lance", tmp_path)
    store.close()

    with pytest.raises(StorageError, match="closed"):
        store.count()
