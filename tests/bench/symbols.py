"""What the symbol table costs: the standard library read and written, a keystroke, and how much of it resolves (L3)."""

from __future__ import annotations

import statistics
import sysconfig
import tempfile
import time
from pathlib import Path

from tree_sitter import Parser

from pylot.index.symbols.store import TABLES, StoredSymbols, SymbolWriter
from pylot.index.symbols.table import SymbolTable
from pylot.storage.database import Database
from pylot.syntax.grammars import grammar
from pylot.syntax.symbols import read_symbols
from pylot.syntax.tree import parse_by
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels
from tests.support.real_text import real_text

Figures = dict[str, float]
_SCHEMA = ("CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)", *TABLES)
_LEFT_OUT = {"site-packages", "dist-packages", "__pycache__"}
_N_KEYS = 60
_BATCH = 64
# A busy machine may let this process wait for longer than a parse is given.
_PATIENCE = 60.0
_MIB = 1 << 20


def symbol_table(_home: Home, _models: RandomModels) -> Figures:
    """The interpreter's own library, its tests included, on one thread."""
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = [path for path in sorted(root.rglob("*.py")) if not _LEFT_OUT & set(path.parts)]
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        database = Database.open(Path(folder) / "index.db", _SCHEMA, 1)
        began, wall = time.thread_time(), time.monotonic()
        texts = _fill(database, root, paths)
        seconds, waited = time.thread_time() - began, time.monotonic() - wall
        parsed = _parsing_alone(texts)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        table = SymbolTable(StoredSymbols(database))
        began = time.thread_time()
        resolved, imported = _resolved(table)
        resolving = time.thread_time() - began
        database.close()
    return {
        "files": float(len(paths)),
        "files per second of processor time": len(paths) / seconds,
        "files per second, wall clock": len(paths) / waited,
        "processor time, of that of parsing alone (x)": seconds / parsed,
        "size of the database (MiB)": size / _MIB,
        "imported names of the library's own modules": float(imported),
        "of these resolved (%)": 100 * resolved / imported,
        "one import resolved (ms)": 1_000 * resolving / imported,
    }


def keystrokes(_home: Home, _models: RandomModels) -> Figures:
    """Letters typed into the middle of 3,000 lines: parsing what changed, and all of it."""
    text = real_text(3_000, "argparse")
    place = text.index("\n", len(text) // 2)
    known = grammar("python")
    assert known is not None
    tree = parse_by(known, "python", text, None, _PATIENCE)
    again, whole = [], []
    for number in range(1, _N_KEYS + 1):
        typed = (
            text[:place] + "\n" + "word_of_letters = 1 + 2 + 3 + call(here, and_there).member"[:number] + text[place:]
        )
        began = time.thread_time()
        tree = parse_by(known, "python", typed, tree, _PATIENCE)
        again.append((time.thread_time() - began) * 1_000)
        began = time.thread_time()
        parse_by(known, "python", typed, None, _PATIENCE)
        whole.append((time.thread_time() - began) * 1_000)
    return {
        "parse after a key, p50 (ms)": statistics.median(again),
        "parse after a key, p95 (ms)": statistics.quantiles(again, n=20)[-1],
        "parse of the whole text, p50 (ms)": statistics.median(whole),
        "whole text, of a key (x)": statistics.median(whole) / statistics.median(again),
    }


def _fill(database: Database, root: Path, paths: list[Path]) -> list[str]:
    """Write what the files hold, as many in one transaction as the index worker writes, and return their texts."""
    writer, texts = SymbolWriter(database), []
    for batch in (paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)):
        found = []
        for path in batch:
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
            found.append((path.relative_to(root).as_posix(), read_symbols(texts[-1], "python")))
        with database.transaction():
            for name, symbols in found:
                file_id = database.run("INSERT INTO files (path) VALUES (?)", (name,))
                writer.replace(file_id, name, symbols)
    return texts


def _parsing_alone(texts: list[str]) -> float:
    known = grammar("python")
    assert known is not None
    began = time.thread_time()
    for text in texts:
        Parser(known).parse(text.encode("utf-8", "replace"))
    return time.thread_time() - began


def _resolved(table: SymbolTable) -> tuple[int, int]:
    """Return how many names of from-imports of the library's own modules resolve, and how many there are."""
    resolved = imported = 0
    for path in table.paths():
        for one in table.imports(path):
            names = one.imported.names
            module = table.module_of(path, one.imported) if names and names != (("*", "*"),) else None
            if module is not None and module.file != path:
                imported += 1
                resolved += one.found is not None
    return resolved, imported
