"""The index follows the files, whatever happens to them or to the process (L3, issue 6)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pylot.index.catalogue import Catalogue
from pylot.index.indexer import Indexer
from pylot.index.passes import Limits
from pylot.index.schema import SCHEMA, SCHEMA_VERSION
from pylot.index.symbols.store import StoredSymbols
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import StorageError
from pylot.storage.database import Database
from pylot.syntax.chunks import chunks_of
from pylot.syntax.symbols import read_symbols
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from tests.support.memory_store import MemoryStore

CODE = "def {0}():\n    return 1\n"
FILES = {
    "a.py": CODE.format("a"),
    "lib/b.py": CODE.format("b"),
    "lib/c.md": "# Title\n\nText.\n",
    "d.unknown": "words\n",
}
LIMITS = Limits(max_files=100, max_file_bytes=10_000)


class Bench:
    """One workspace and its index; `start` is what a new process does with what the last one left."""

    def __init__(self, folder: Path) -> None:
        self.root = (folder / "work").resolve()
        self.root.mkdir()
        self.file = folder / "index.db"
        self.store = MemoryStore()
        self.clock = ManualClock(1e9)
        self.settings = WorkspaceSettings()
        self.limits = LIMITS
        self.start()

    def start(self) -> None:
        self.database = Database.open(self.file, SCHEMA, SCHEMA_VERSION)
        self.catalogue = Catalogue(self.database)
        self.indexer = Indexer(self.root, self.database, self.store, self.gate(), self.limits, clock=self.clock)
        self.indexer.begin_pass()

    def gate(self) -> ExclusionGate:
        return ExclusionGate(Roots([self.root]), self.settings, self.clock)

    def put(self, name: str, text: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or CODE.format("f"))
        return path

    def settle(self) -> int:
        """Work until everything is current; return how many files were read."""
        before = self.indexer.n_read
        while self.indexer.step():
            pass
        return self.indexer.n_read - before

    def look(self) -> int:
        self.indexer.begin_pass()
        return self.settle()

    def change(self, *names: str) -> int:
        self.clock.advance(2)
        self.indexer.take_changes([self.root / name for name in names])
        return self.settle()

    @property
    def searchable(self) -> set[str]:
        return {path for path, rows in self.store.files.items() if rows}

    def names_in(self, path: str) -> list[str]:
        found = StoredSymbols(self.database).file(path)
        return [one.name for one in found.definitions] if found else []

    def skipped(self) -> dict[str, str]:
        return dict(self.catalogue.skipped(100))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    for name, text in FILES.items():
        made.put(name, text)
    made.settle()
    yield made
    made.database.close()


def test_what_is_in_a_workspace_is_known_and_read_once(bench: Bench) -> None:
    assert bench.searchable == set(FILES)
    assert bench.names_in("lib/b.py") == ["b"]
    assert bench.look() == 0
    bench.start()
    assert bench.settle() == 0


def test_a_changed_file_is_read_and_no_other(bench: Bench) -> None:
    bench.put("a.py", CODE.format("changed"))

    assert bench.change("a.py") == 1
    assert bench.names_in("a.py") == ["changed"]


def test_what_nobody_told_of_is_found_by_the_next_pass(bench: Bench) -> None:
    bench.put("a.py", CODE.format("changed"))
    bench.put("new.py")
    (bench.root / "lib" / "b.py").unlink()

    assert bench.look() == 2
    assert bench.searchable == {*FILES, "new.py"} - {"lib/b.py"}
    assert bench.names_in("lib/b.py") == []


def test_a_file_written_again_as_it_was_changes_nothing(bench: Bench) -> None:
    before = bench.store.n_writes
    with bench.database.transaction():
        bench.catalogue.embedded("a.py", bench.catalogue.all()["a.py"].sha256, "model")
    os.utime(bench.root / "a.py", (1, 1))

    assert bench.change("a.py") == 1
    assert bench.store.n_writes == before
    assert "a.py" not in bench.catalogue.to_embed("model", 10)


@pytest.mark.parametrize("told", [True, False])
def test_a_folder_that_is_renamed_or_deleted(bench: Bench, told: bool) -> None:
    (bench.root / "lib").rename(bench.root / "moved")
    bench.change("lib", "moved") if told else bench.look()
    moved = bench.searchable
    for file in (bench.root / "moved").iterdir():
        file.unlink()
    (bench.root / "moved").rmdir()
    bench.change("moved") if told else bench.look()

    assert moved == {"a.py", "d.unknown", "moved/b.py", "moved/c.md"}
    assert bench.searchable == {"a.py", "d.unknown"}


@pytest.mark.parametrize("told", [True, False])
def test_what_becomes_ignored_is_forgotten_and_may_come_back(bench: Bench, told: bool) -> None:
    rules = bench.put(".gitignore", "lib/\n*.unknown\n")
    bench.change(".gitignore") if told else bench.look()
    ignored = bench.searchable, bench.names_in("lib/b.py"), bench.skipped()
    rules.unlink()
    bench.change(".gitignore") if told else bench.look()

    assert ignored == ({"a.py", ".gitignore"}, [], {"lib": "gitignored", "d.unknown": "gitignored"})
    assert bench.searchable == set(FILES)
    assert bench.skipped() == {}


def test_what_the_settings_exclude_is_forgotten(bench: Bench) -> None:
    bench.settings = WorkspaceSettings(exclude=("lib/b.py", "*.unknown"))
    bench.indexer.use_gate(bench.gate(), Limits(100, 20))
    bench.settle()

    assert bench.searchable == {"lib/c.md"}
    assert bench.skipped()["a.py"] == "too_large"


def test_a_change_of_rules_reads_what_was_left_out(bench: Bench) -> None:
    bench.put("big.py", "x = 1\n" * 2_000)
    bench.look()
    left_out = bench.skipped()
    bench.indexer.use_gate(bench.gate(), Limits(100, 100_000))
    bench.settle()

    assert left_out == {"big.py": "too_large"}
    assert "big.py" in bench.searchable


def test_no_more_files_than_allowed(bench: Bench) -> None:
    bench.indexer.use_gate(bench.gate(), Limits(2, 10_000))
    bench.settle()

    assert len(bench.searchable) == 2
    assert bench.skipped() == {".": "too_many_files"}


def test_links_lead_nowhere_and_paths_outside_are_not_looked_at(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(CODE.format("outside"))
    (bench.root / "link.py").symlink_to(outside)
    (bench.root / "inside.py").symlink_to(bench.root / "a.py")
    through = tmp_path / "through"
    through.symlink_to(bench.root)
    bench.put("lib/new.py")
    bench.indexer.take_changes([outside, bench.root / "link.py", bench.root / "inside.py", through / "lib" / "new.py"])
    bench.settle()

    assert bench.searchable == {*FILES, "lib/new.py"}
    assert bench.skipped() == {"link.py": "symbolic_link", "inside.py": "symbolic_link"}


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode elsewhere")
def test_strange_names(bench: Bench) -> None:
    bench.put("two\nlines.py")
    bench.put("näme 'quoted' 100%.py")
    (bench.root / os.fsdecode(b"bad\xff.py")).write_text("x = 1\n")
    bench.look()

    assert bench.searchable == {*FILES, "two\nlines.py", "näme 'quoted' 100%.py"}
    assert bench.skipped() == {"bad\\xff.py": "bad_name"}


def test_generated_files_are_known_by_their_names_alone(bench: Bench) -> None:
    bench.put("made.py", "# @generated\n" + CODE.format("made"))
    bench.look()

    assert "made.py" not in bench.searchable
    assert bench.names_in("made.py") == ["made"]
    assert bench.skipped() == {"made.py": "generated"}


def test_a_workspace_that_is_not_there_is_not_an_empty_one(bench: Bench) -> None:
    bench.root.rename(bench.root.with_name("away"))
    with pytest.raises(OSError):
        bench.look()
    kept = bench.searchable
    bench.root.with_name("away").rename(bench.root)

    assert kept == set(FILES)
    assert bench.look() == 0


def test_lost_chunks_are_written_again(bench: Bench) -> None:
    bench.store.lose_everything()

    assert bench.settle() == len(FILES)
    assert bench.searchable == set(FILES)


def test_a_rebuild_reads_everything_and_forgets_what_is_excluded_meanwhile(bench: Bench) -> None:
    bench.put(".pylotignore", "d.unknown\n")
    bench.indexer.rebuild()

    assert bench.settle() == len(FILES)
    assert "d.unknown" not in bench.searchable


def test_an_end_between_chunks_and_catalogue_is_mended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `kill -9` would leave it: new chunks, and a catalogue that does not know of them."""
    bench.put("a.py", CODE.format("changed"))

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bench.indexer._catalogue, "put", end)
        with pytest.raises(KeyboardInterrupt):
            bench.look()
    was_new = "changed" in bench.store.files["a.py"][0].text
    bench.database.close()
    bench.start()
    bench.settle()

    assert was_new
    assert bench.names_in("a.py") == ["changed"]


def test_a_full_disk_is_tried_again_and_blamed_on_no_file(bench: Bench) -> None:
    bench.put("a.py", CODE.format("changed"))
    bench.indexer.begin_pass()
    bench.store.failure = StorageError("There is no room.")
    for _ in range(5):
        with pytest.raises(StorageError):
            bench.settle()
    bench.store.failure = None
    bench.settle()

    assert bench.names_in("a.py") == ["changed"]
    assert bench.skipped() == {}


def test_a_file_that_ends_the_process_three_times_is_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read last and alone, so that it keeps nothing else from being read."""
    bench.put("bad.py", CODE.format("bad"))
    bench.put("z.py", CODE.format("z"))

    def crash(text: str, language: str) -> object:
        if "def bad" in text:
            raise KeyboardInterrupt
        return read_symbols(text, language)

    monkeypatch.setattr("pylot.index.indexer.read_symbols", crash)
    n_crashes = 0
    for _ in range(10):
        bench.database.close()
        bench.start()
        try:
            bench.settle()
            break
        except KeyboardInterrupt:
            n_crashes += 1

    assert n_crashes == 3
    assert bench.searchable == {*FILES, "z.py"}
    assert bench.skipped() == {"bad.py": "crashed"}


def test_a_file_that_cannot_be_read_costs_only_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.put("a.py", CODE.format("changed"))
    bench.put("new.py")

    def fail(text: str, definitions: Any) -> Any:
        if "changed" in text:
            raise RecursionError
        return chunks_of(text, definitions)

    monkeypatch.setattr("pylot.index.indexer.chunks_of", fail)
    bench.look()

    assert bench.skipped() == {"a.py": "failed"}
    assert "new.py" in bench.searchable


def test_what_was_saved_just_now_comes_first(bench: Bench) -> None:
    for number in range(200):
        bench.put(f"many/{number}.py", CODE.format(f"f{number}"))
    saved = bench.put("saved.py", CODE.format("saved"))
    bench.indexer.begin_pass()
    while bench.indexer.is_looking:
        bench.indexer.step()
    bench.indexer.take_changes([saved])
    bench.indexer.step()
    bench.indexer.step()

    assert "saved.py" in bench.searchable
    assert bench.indexer.n_waiting > 50


def test_a_file_saved_twice_within_its_time_stamp_is_not_missed(bench: Bench) -> None:
    """The second save has the size and the time of the first."""
    path = bench.put("a.py", CODE.format("x"))
    bench.clock.now = path.stat().st_mtime + 0.5
    bench.indexer.take_changes([path])
    bench.settle()
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_text(CODE.format("y"))
    os.utime(path, ns=times)
    bench.look()

    assert bench.names_in("a.py") == ["y"]


def test_a_branch_switch_is_one_pass(bench: Bench) -> None:
    names = [f"many/{number}.py" for number in range(300)]
    for name in names:
        bench.put(name)
    bench.indexer.use_gate(bench.gate(), Limits(1000, 10_000))
    bench.settle()
    n_passes = bench.indexer.n_passes
    for name in names:
        bench.put(name, CODE.format("other"))

    assert bench.change(*names) == 300
    assert bench.indexer.n_passes == n_passes + 1
