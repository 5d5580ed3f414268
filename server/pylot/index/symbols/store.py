"""Symbols in SQLite: written by the index worker alone, read by anybody at any time.

The tables hang on the catalogue's `files(id, path)`; paths are relative to the workspace, with slashes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any, cast

from pylot.index.symbols.modules import module_stem
from pylot.storage.database import Database
from pylot.syntax.symbols import Definition, FileSymbols, Import, Reference, State

TABLES = (
    # A file that is read anew gets a new revision, by which readers see that what they remember is out of date.
    """CREATE TABLE symbol_files (
        revision INTEGER PRIMARY KEY AUTOINCREMENT, file_id INTEGER NOT NULL UNIQUE, language TEXT NOT NULL,
        state TEXT NOT NULL, exports TEXT, package TEXT NOT NULL, module TEXT NOT NULL
    )""",
    "CREATE INDEX symbol_files_by_module ON symbol_files (module)",
    """CREATE TABLE definitions (
        file_id INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, kind TEXT NOT NULL,
        qualified TEXT NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, name_line INTEGER NOT NULL,
        name_column INTEGER NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL, bases TEXT NOT NULL,
        is_public INTEGER NOT NULL, PRIMARY KEY (file_id, position)
    ) WITHOUT ROWID""",
    "CREATE INDEX definitions_by_name ON definitions (name)",
    # One row per file, which is what is cheap to write: ` names between spaces `, and a line of places for each name,
    # `line,column,receiver` with a bang for a call. Who uses a name is found by looking into every row.
    "CREATE TABLE uses (file_id INTEGER PRIMARY KEY, names TEXT NOT NULL, places TEXT NOT NULL)",
    """CREATE TABLE imports (
        file_id INTEGER NOT NULL, position INTEGER NOT NULL, module TEXT NOT NULL, level INTEGER NOT NULL,
        line INTEGER NOT NULL, alias TEXT NOT NULL, is_reexport INTEGER NOT NULL, names TEXT NOT NULL,
        PRIMARY KEY (file_id, position)
    ) WITHOUT ROWID""",
)
_DEFINITION = "name, kind, qualified, start_line, end_line, name_line, name_column, signature, doc, bases, is_public"
_PARTS = ("definitions", "uses", "imports", "symbol_files")
# Files whose module is their folder.
_FOLDER_FILES = frozenset({"__init__", "index", "mod", "init"})


class SymbolWriter:
    """Write the symbols of files; every call belongs into a transaction of the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, file_id: int, path: str, symbols: FileSymbols) -> None:
        """Let the file that the catalogue calls `file_id` have these symbols and no others."""
        self.remove(file_id)
        exports = None if symbols.exports is None else json.dumps(symbols.exports)
        self._database.run(
            "INSERT INTO symbol_files (file_id, language, state, exports, package, module) VALUES (?, ?, ?, ?, ?, ?)",
            (file_id, symbols.language, symbols.state, exports, symbols.package, module_name(path)),
        )
        self._database.run_many(
            f"INSERT INTO definitions (file_id, position, {_DEFINITION}) VALUES (?{', ?' * 12})",
            [
                (file_id, position, *one[:-2], ",".join(one.bases), one.is_public)
                for position, one in enumerate(symbols.definitions)
            ],
        )
        self._database.run(
            "INSERT INTO uses (file_id, names, places) VALUES (?, ?, ?)", (file_id, *_packed(symbols.references))
        )
        self._database.run_many(
            "INSERT INTO imports (file_id, position, module, level, line, alias, is_reexport, names)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (file_id, position, one.module, one.level, one.line, one.alias, one.is_reexport, json.dumps(one.names))
                for position, one in enumerate(symbols.imports)
            ],
        )

    def remove(self, file_id: int) -> None:
        """Forget the symbols of a file."""
        for table in _PARTS:
            self._database.run(f"DELETE FROM {table} WHERE file_id = ?", (file_id,))


class StoredSymbols:
    """Read what a `SymbolWriter` of any process wrote; each answer is of one committed state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self, path: str) -> int | None:
        """Return a number that changes with the symbols of a file, or None for a file without any."""
        row = self._database.row(
            "SELECT revision FROM symbol_files JOIN files ON files.id = file_id WHERE path = ?", (path,)
        )
        return row[0] if row else None

    def file(self, path: str) -> FileSymbols | None:
        """Return what a file defines and imports; its references are in `references_in`."""
        row = self._database.row(
            "SELECT file_id, language, state, exports, package FROM symbol_files"
            " JOIN files ON files.id = file_id WHERE path = ?",
            (path,),
        )
        if row is None:
            return None
        file_id, language, state, exports, package = row
        definitions = self._database.rows(
            f"SELECT {_DEFINITION} FROM definitions WHERE file_id = ? ORDER BY position", (file_id,)
        )
        imports = self._database.rows(
            "SELECT module, names, level, line, alias, is_reexport FROM imports WHERE file_id = ? ORDER BY position",
            (file_id,),
        )
        return FileSymbols(
            language,
            cast(State, state),
            tuple(map(_definition, definitions)),
            (),
            tuple(map(_import, imports)),
            None if exports is None else tuple(json.loads(exports)),
            package,
        )

    def definitions_named(self, name: str, limit: int) -> list[tuple[str, Definition]]:
        """Return definitions of exactly this name with their files' paths."""
        return self._definitions("definitions.name = ? AND definitions.name = ? COLLATE BINARY", (name, name), limit)

    def definitions_like(self, start: str, limit: int) -> list[tuple[str, Definition]]:
        """Return definitions whose names begin so, in whatever case, in the alphabet's order."""
        return self._definitions(
            "definitions.name >= ? AND definitions.name < ?", (start, start + "\U0010ffff"), limit, "definitions.name,"
        )

    def references_to(self, name: str, limit: int) -> list[tuple[str, tuple[Reference, ...]]]:
        """Return the files that use a name, those that use it most first, and where."""
        rows = self._database.rows(
            "SELECT path, names, places FROM uses JOIN files ON files.id = file_id WHERE instr(names, ?)",
            (f" {name} ",),
        )
        found = [(path, tuple(_unpacked(name, _places_of(names, places)[name]))) for path, names, places in rows]
        found.sort(key=lambda one: (-len(one[1]), one[0]))
        return found[:limit]

    def references_in(self, path: str) -> tuple[Reference, ...]:
        """Return every reference of a file, in the order of the text."""
        row = self._database.row(
            "SELECT names, places FROM uses JOIN files ON files.id = file_id WHERE path = ?", (path,)
        )
        packed = _places_of(*row) if row else {}
        found = [reference for name, places in packed.items() for reference in _unpacked(name, places)]
        return tuple(sorted(found, key=lambda reference: (reference.line, reference.column)))

    def modules_named(self, module: str) -> list[str]:
        """Return the paths of files that a module name's last part could mean."""
        rows = self._database.rows(
            "SELECT path FROM symbol_files JOIN files ON files.id = file_id WHERE module = ? ORDER BY path", (module,)
        )
        return [path for (path,) in rows]

    def importing(self, module_end: str) -> list[tuple[str, Import]]:
        """Return the imports whose module ends so, with the paths of their files."""
        rows = self._database.rows(
            "SELECT path, module, names, level, line, alias, is_reexport FROM imports"
            " JOIN files ON files.id = file_id WHERE module LIKE ? ESCAPE '!' OR names LIKE ? ESCAPE '!' ORDER BY path",
            ("%" + _escaped(module_end), f'%"{_escaped(module_end)}"%'),
        )
        return [(path, _import(rest)) for path, *rest in rows]

    def paths(self) -> list[str]:
        """Return the paths of all files with symbols, in order."""
        rows = self._database.rows("SELECT path FROM symbol_files JOIN files ON files.id = file_id ORDER BY path")
        return [path for (path,) in rows]

    def use_counts(self) -> Iterator[tuple[str, dict[str, int]]]:
        """Yield how often each file uses each name."""
        rows = self._database.rows(
            "SELECT path, names, places FROM uses JOIN files ON files.id = file_id ORDER BY path"
        )
        for path, names, places in rows:
            yield path, {name: packed.count(";") + 1 for name, packed in _places_of(names, places).items()}

    def public_definitions(self) -> Iterator[tuple[str, Definition]]:
        """Yield every definition that other files may use, with its file's path."""
        rows = self._database.rows(
            f"SELECT path, {_DEFINITION} FROM definitions JOIN files ON files.id = file_id WHERE is_public"
            " ORDER BY path, position"
        )
        return ((path, _definition(rest)) for path, *rest in rows)

    def imported_modules(self) -> dict[str, frozenset[str]]:
        """Return the last parts of the names of all modules, and of all names, that each file imports."""
        rows = self._database.rows(
            "SELECT path, module, names, level, line, alias, is_reexport FROM imports"
            " JOIN files ON files.id = file_id ORDER BY path"
        )
        grouped = groupby(rows, key=itemgetter(0))
        return {path: frozenset(last_parts(_import(row[1:]) for row in group)) for path, group in grouped}

    def _definitions(
        self, condition: str, values: Sequence[Any], limit: int, order: str = ""
    ) -> list[tuple[str, Definition]]:
        rows = self._database.rows(
            f"SELECT path, {_DEFINITION} FROM definitions JOIN files ON files.id = file_id"
            f" WHERE {condition} ORDER BY {order} path, position LIMIT ?",
            (*values, limit),
        )
        return [(path, _definition(rest)) for path, *rest in rows]


def module_name(path: str) -> str:
    """Return the last part of the name that other files import a file by: its stem, or its folder's name."""
    *folders, file = PurePosixPath(path).parts
    stem = file.partition(".")[0] or file
    if stem not in _FOLDER_FILES:
        return stem
    # A package's sources may lie in a folder of their own: `ui/src/index.ts` is imported as `ui`.
    if len(folders) > 1 and folders[-1] in ("src", "lib"):
        folders.pop()
    return folders[-1] if folders else stem


def last_parts(imports: Iterable[Import]) -> Iterator[str]:
    """Yield what `module_name` may return for the files that are imported."""
    for one in imports:
        yield module_stem(re.split(r"[.\\/:]+", one.module.rstrip("/"))[-1] if "/" not in one.module else one.module)
        yield from (name for name, _ in one.names)


def _packed(references: Iterable[Reference]) -> tuple[str, str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, line, column, receiver, is_call in references:
        places[name].append(f"{line},{column},{receiver}!" if is_call else f"{line},{column},{receiver}")
    return f" {' '.join(places)} ", "\n".join(map(";".join, places.values()))


def _places_of(names: str, places: str) -> dict[str, str]:
    return dict(zip(names.split(), places.split("\n"), strict=False))


def _unpacked(name: str, places: str) -> Iterable[Reference]:
    for place in places.split(";"):
        line, column, receiver = place.split(",", 2)
        yield Reference(name, int(line), int(column), receiver.removesuffix("!"), receiver.endswith("!"))


def _definition(row: Sequence[Any]) -> Definition:
    bases = tuple(row[9].split(",")) if row[9] else ()
    name, kind, qualified, start, end, line, column, signature, doc = row[:9]
    return Definition(name, kind, qualified, start, end, line, column, signature, doc, bases, bool(row[10]))


def _import(row: Sequence[Any]) -> Import:
    module, names, level, line, alias, is_reexport = row
    pairs = tuple((name, local) for name, local in json.loads(names))
    return Import(module, pairs, level, line, alias, bool(is_reexport))


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
