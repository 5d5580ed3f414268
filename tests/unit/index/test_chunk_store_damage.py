"""A damaged store is set aside and begins anew, whatever was damaged (L3, A7)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pylot.index.chunk_rows import ChunkRow, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.kernel.errors import StorageError
from pylot.syntax.chunks import Chunk

MODEL = "a model"
PATH = "a.py"


def rows() -> list[ChunkRow]:
    chunks = [Chunk(line, line, f"f{line}", "function", f"word{line} socket") for line in range(300)]
    return rows_of(PATH, "python", chunks)


def opened(folder: Path) -> ChunkStore:
    store = ChunkStore.open(folder)
    if store is None:
        pytest.skip("LanceDB is not installed")
    return store


def filled(store: ChunkStore) -> None:
    store.replace({PATH: rows()[:200], "b.py": rows_of("b.py", "python", [Chunk(0, 0, "b", "function", "b")])})
    store.replace({PATH: rows()})
    vectors = np.random.default_rng(1).standard_normal((300, 8), dtype=np.float32)
    store.set_vectors(MODEL, rows(), vectors)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every kind of file that there is: indices, data, deletions, versions, transactions."""
    folder = tmp_path_factory.mktemp("whole") / "chunks"
    store = opened(folder)
    filled(store)
    store.maintain(idle=True)
    store.remove(["b.py"])
    store.close()
    return folder


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _overwrite(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0xA5 for byte in path.read_bytes()))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut": _cut, "overwritten": _overwrite, "emptied": _empty, "gone": Path.unlink, "a folder": _make_folder,
}  # fmt: skip
KINDS = {
    "data of chunks": "chunks.lance/data/*",
    "data of vectors": "vectors_*.lance/data/*",
    "newest version": "chunks.lance/_versions/*.manifest",
    "newest version of vectors": "vectors_*.lance/_versions/*.manifest",
    "deletions": "*.lance/_deletions/*",
    "words of the index": "chunks.lance/_indices/*/*tokens.lance",
    "hits of the index": "chunks.lance/_indices/*/*invert.lance",
    "index of ids": "chunks.lance/_indices/*/page_data.lance",
    "all indices": "*.lance/_indices/*/*",
    "everything": "**/*",
    "identity": "identity",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_damaged_the_store_can_be_used_again(tmp_path: Path, whole: Path, kind: str, damage: str) -> None:
    """Fifty-five kinds of damage: at the latest after two failures everything works, or is to be written again."""
    folder = tmp_path / "chunks"
    shutil.copytree(whole, folder)
    paths = [path for path in folder.glob(KINDS[kind]) if path.is_file()]
    assert paths
    for path in paths if "all" in kind or kind == "everything" else [max(paths, key=lambda path: path.stat().st_mtime)]:
        DAMAGES[damage](path)
    identity = (whole / "identity").read_text()

    store = opened(folder)
    for _ in range(4):
        try:
            if store.identity != identity:
                identity = store.identity
                filled(store)
            check(store)
            break
        except StorageError:
            continue

    check(store)
    store.close()
    again = opened(folder)
    check(again)
    assert again.identity == identity


def check(store: ChunkStore) -> None:
    """Ask for everything, write, and clean."""
    assert {hit.symbol for hit in store.lexical(["word7", "word9"], 5)} == {"f7", "f9"}
    assert len(store.nearest(MODEL, np.ones(8, np.float32), 10)) == 10
    store.replace({"new.py": rows_of("new.py", "python", [Chunk(0, 0, "new", "function", "new")])})
    store.remove(["new.py", "b.py"])
    store.maintain(idle=True)
    assert len(store.rows([row.id for row in rows()])) == store.count() == 300


def test_a_store_that_kills_whoever_opens_it_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    store = opened(folder)
    store.replace({PATH: rows()})
    store.close()
    for deaths in ("1", "2"):
        folder.with_name("chunks.opening").write_text(deaths)
        store = opened(folder)
        assert store.count() == (300 if deaths == "1" else 0)


def test_a_full_disk_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path / "chunks")
    store.replace({PATH: rows()})

    def fail(*_: object) -> None:
        raise OSError("lance error: IO: No space left on device (os error 28)")

    monkeypatch.setattr("pylot.index.chunk_store.chunk_table", fail)
    with pytest.raises(StorageError, match="cannot be written"):
        store.replace({PATH: rows()[:1]})

    assert store.count() == 300
