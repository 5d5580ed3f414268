"""Vectors come after the text, once for every content, and their model may change or fail (L3, F5, F11)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylot.index.catalogue import Catalogue
from pylot.index.embedding.cache import CachedEmbedder, EmbeddingCache
from pylot.index.indexer import Indexer
from pylot.index.passes import Limits
from pylot.index.schema import SCHEMA, SCHEMA_VERSION
from pylot.index.vectors import VectorFiller
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ModelError
from pylot.storage.database import Database
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from tests.support.memory_store import MemoryStore
from tests.support.scripted_embedder import ScriptedEmbedder

CODE = "def {0}():\n    return '{0}'\n"
NAMES = ["a.py", "b.py", "c.py"]
LIMIT = 10_000


class Bench:
    """A workspace whose text is indexed, and a filler of vectors."""

    def __init__(self, folder: Path) -> None:
        self.root = (folder / "work").resolve()
        self.root.mkdir()
        self.database = Database.open(folder / "index.db", SCHEMA, SCHEMA_VERSION)
        self.catalogue = Catalogue(self.database)
        self.store = MemoryStore()
        self.clock = ManualClock(1e9)
        self.gate = ExclusionGate(Roots([self.root]), WorkspaceSettings())
        self.indexer = Indexer(self.root, self.database, self.store, self.gate, Limits(100, LIMIT), clock=self.clock)
        self.wanted = False
        self.filler = VectorFiller(
            self.root, self.database, self.store, clock=self.clock, interrupted=lambda: self.wanted
        )
        self.embedder = ScriptedEmbedder()
        self.filler.use(self.embedder)
        for name in NAMES:
            self.write(name, CODE.format(name[0]))
        self.index()

    def write(self, name: str, text: str, seconds: int = 0) -> None:
        """Write a file `seconds` after the others."""
        (self.root / name).write_text(text)
        os.utime(self.root / name, (1e8 + seconds, 1e8 + seconds))

    def index(self) -> None:
        self.indexer.begin_pass()
        while self.indexer.step():
            pass

    def fill(self) -> list[str]:
        """Embed everything; return the names of the functions that were embedded, in order."""
        before = len(self.embedder.texts)
        while self.filler.step(self.gate, LIMIT):
            pass
        return self.names_since(before)

    def names_since(self, start: int) -> list[str]:
        return [text.rpartition("return '")[2][0] for text in self.embedder.texts[start:]]

    def row_ids(self) -> set[str]:
        return {row.id for rows in self.store.files.values() for row in rows}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.database.close()


def test_every_chunk_gets_its_vector_once(bench: Bench) -> None:
    assert bench.fill() == ["a", "b", "c"]
    assert bench.store.vectors["scripted"] == bench.row_ids()
    assert bench.filler.ready == "scripted"
    assert bench.fill() == []


def test_what_was_worked_on_last_is_embedded_first(bench: Bench) -> None:
    """Half an hour of embedding is of use from its first minute on."""
    for seconds, name in enumerate(("b.py", "c.py"), 1):
        bench.write(name, CODE.format(name[0]), seconds=10 * seconds)
    bench.index()

    assert bench.fill() == ["c", "b", "a"]


def test_a_changed_file_is_embedded_again_and_what_was_saved_comes_first(bench: Bench) -> None:
    (bench.root / "c.py").write_text(CODE.format("x"))
    bench.index()
    bench.filler.prefer(["c.py"])

    assert bench.fill() == ["x", "a", "b"]


def test_a_branch_switch_and_back_embeds_nothing_again(bench: Bench, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache")
    bench.filler.use(CachedEmbedder(bench.embedder, cache))
    before = bench.fill()
    for name in NAMES:
        bench.write(name, CODE.format(f"{name[0]}{name[0]}"))
    bench.index()
    there = bench.fill()
    for name in NAMES:
        bench.write(name, CODE.format(name[0]))
    bench.index()
    back = bench.fill()
    cache.close()

    assert (before, there, back) == (["a", "b", "c"], ["a", "b", "c"], [])
    assert bench.row_ids() <= bench.store.vectors["scripted"]


def test_another_model_is_filled_beside_the_old_one(bench: Bench) -> None:
    bench.fill()
    bench.embedder = ScriptedEmbedder("other", 4)
    bench.filler.use(bench.embedder)
    bench.filler.step(bench.gate, LIMIT)
    meanwhile = bench.filler.ready, set(bench.store.vectors)
    bench.fill()

    assert meanwhile == ("scripted", {"scripted", "other"})
    assert (bench.filler.ready, set(bench.store.vectors)) == ("other", {"other"})
    assert bench.store.vectors["other"] == bench.row_ids()


def test_a_model_that_fails_is_asked_again_later(bench: Bench) -> None:
    bench.embedder.failure = ModelError("The model is away.")
    in_vain = bench.fill(), bench.filler.failure
    bench.embedder.failure = None
    at_once = bench.fill()
    bench.clock.advance(31)

    assert in_vain == ([], bench.filler.failure)
    assert at_once == []
    assert bench.fill() == ["a", "b", "c"]
    assert bench.filler.failure is None


def test_who_needs_the_processor_gets_it_between_two_batches(bench: Bench) -> None:
    """And nothing is embedded for nothing, because the cache keeps it."""
    (bench.root / "a.py").write_text("\n".join(CODE.format(letter) * 30 for letter in "abcdefgh"))
    bench.index()

    def want() -> None:
        bench.wanted = True

    bench.embedder.after_batch = want
    bench.filler.step(bench.gate, LIMIT)

    assert len(bench.embedder.texts) == 4
    assert "a.py" in bench.catalogue.to_embed("scripted", 10)


def test_a_model_is_not_given_files_that_it_may_not_have(bench: Bench) -> None:
    """P3: found by their words all the same."""
    bench.embedder.forbidden = ("b.py",)

    assert bench.fill() == ["a", "c"]
    assert bench.catalogue.to_embed("scripted", 10) == []


def test_a_file_that_has_changed_since_it_was_read_waits_for_the_next_pass(bench: Bench) -> None:
    (bench.root / "b.py").write_text(CODE.format("x"))
    first = bench.fill()
    bench.index()

    assert first == ["a", "c"]
    assert bench.fill() == ["x"]


def test_of_a_file_of_data_only_the_beginning_is_embedded(bench: Bench) -> None:
    (bench.root / "words.txt").write_text("\n".join(f"word{number} " * 120 for number in range(400)))
    bench.indexer.use_gate(bench.gate, Limits(100, 1 << 20))
    bench.index()
    while bench.filler.step(bench.gate, 1 << 20):
        pass

    assert len(bench.store.files["words.txt"]) > 200
    assert len(bench.embedder.texts) == 203
