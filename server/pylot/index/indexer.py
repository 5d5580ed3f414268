"""Keep catalogue, symbols and chunks true to the files of a workspace, one small step at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pylot.index.catalogue import Catalogue, Entry, Known
from pylot.index.chunk_rows import ChunkRow, rows_of
from pylot.index.passes import NO_SIZE, Limits, Pass, relative_path
from pylot.index.reasons import Reason, Skip
from pylot.index.source import SOURCE_VERSION, Source, read_source
from pylot.index.symbols.store import SymbolWriter
from pylot.kernel.clock import Clock
from pylot.kernel.stories import story
from pylot.storage.database import Database
from pylot.syntax.chunks import CHUNKS_VERSION, chunks_of
from pylot.syntax.symbols import SYMBOLS_VERSION, FileSymbols, read_symbols
from pylot.workspace.exclusion import ExclusionGate, Purpose
from pylot.workspace.survey import FoundFile, Unread

_log = logging.getLogger(__name__)

TEXT_VERSION = f"{SOURCE_VERSION}.{SYMBOLS_VERSION}.{CHUNKS_VERSION}"
# A step lasts about this long, unless somebody has saved a file or types: what a write to the store costs hardly
# depends on how many files it holds.
_STEP_SECONDS = 0.3
_BATCH_FILES = 64
_SURVEY_ENTRIES = 500
_REMOVED_AT_ONCE = 500
# So many changes at once are a branch switch; looking at everything costs less than at each.
_MANY_CHANGES = 200
_MOST_ATTEMPTS = 3
# A file written this short a time ago may be written again without its time changing.
_UNSETTLED_SECONDS = 1.0
_IGNORE_FILES = frozenset({".gitignore", ".pylotignore"})


class WrittenStore(Protocol):
    """What the indexer needs of a store of chunks; every method may raise StorageError."""

    @property
    def identity(self) -> str:
        """What names its content; another one after the content was lost."""
        ...

    def replace(self, files: Mapping[str, Sequence[ChunkRow]]) -> None:
        """Store these chunks instead of what there was of each path, all of them or none."""
        ...

    def remove(self, paths: Iterable[str]) -> None:
        """Forget the chunks and vectors of these paths."""
        ...


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read: its row, and what goes into the index; no symbols where it is not indexed.

    One that `is_same` was written again with the content that the index has.
    """

    entry: Entry
    symbols: FileSymbols | None = None
    rows: Sequence[ChunkRow] = ()
    is_same: bool = False


class Indexer:
    """Do all reading and writing of one index; owned by one thread.

    `begin_pass` and `take_changes` only note down what to do, and `step` does it. Chunks are written before the
    catalogue's row, and a file's row and symbols together, so that a kill between any two steps loses nothing.
    `interrupted` says that the processor is wanted elsewhere, which ends a step early.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        store: WrittenStore,
        gate: ExclusionGate,
        limits: Limits,
        *,
        clock: Clock,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._root = root
        self._database = database
        self._catalogue = Catalogue(database)
        self._symbols = SymbolWriter(database)
        self._store = store
        self._gate = gate
        self._limits = limits
        self._clock = clock
        self._interrupted = interrupted
        self._start = len(str(root)) + (root != Path(root.anchor))
        self._attempts = self._catalogue.attempts()
        self._pass: Pass | None = None
        self._changes: dict[Path, None] = {}
        self._urgent: dict[str, FoundFile] = {}
        self._to_read: dict[str, FoundFile] = {}
        self.n_read = 0
        self.n_passes = 0

    @property
    def n_waiting(self) -> int:
        """How many files are known to need reading."""
        return len(self._urgent) + len(self._to_read)

    @property
    def has_changes(self) -> bool:
        """Whether something was changed that has not been read yet."""
        return bool(self._changes or self._urgent)

    @property
    def urgent(self) -> list[str]:
        """The files that are read before all others."""
        return list(self._urgent)

    @property
    def is_looking(self) -> bool:
        """Whether a pass has not yet looked at every file."""
        return self._pass is not None

    def begin_pass(self) -> None:
        """Look at every file of the workspace again."""
        known = self._catalogue.all()
        self._pass = self._new_pass(self._root, known)

    def use_gate(self, gate: ExclusionGate, limits: Limits) -> None:
        """Take new rules of what may be read; everything is looked at again."""
        self._gate, self._limits = gate, limits
        self.begin_pass()

    def rebuild(self) -> None:
        """Read every file again."""
        with self._database.transaction():
            self._catalogue.forget_texts()
            self._catalogue.end_attempts(self._attempts)
        self._attempts.clear()
        self.begin_pass()

    def take_changes(self, paths: Iterable[Path]) -> None:
        """Look at these paths before anything else: files or folders that were written, made, moved or deleted."""
        self._changes |= dict.fromkeys(paths)

    def step(self) -> bool:
        """Do the most urgent bit of work, some 300 ms of it; false when everything is current.

        Raises:
            StorageError: the index cannot be written; the step is done again next time.
            OSError: the workspace's folder cannot be read; the pass is over, and nothing was forgotten.
        """
        self._require_chunks()
        return self._look_at_changes() or self._read_some(urgent=True) or self._look_at_some() or self._read_some()

    def _require_chunks(self) -> None:
        """Let everything be read again where the chunks were lost, by damage or because somebody removed them."""
        if self._catalogue.fact("chunks") != self._store.identity:
            with self._database.transaction():
                self._catalogue.forget_texts()
                self._catalogue.state("chunks", self._store.identity)
            self.begin_pass()

    def _look_at_changes(self) -> bool:
        if not self._changes:
            return False
        changes, self._changes = self._changes, {}
        if len(changes) > _MANY_CHANGES or any(_changes_rules(path) for path in changes):
            self.begin_pass()
            return True
        for path in changes:
            self._look_at(path)
        return True

    def _look_at(self, path: Path) -> None:
        """Compare one path with the catalogue."""
        path = _without_links(path)
        relative = relative_path(path, self._start) if path.is_relative_to(self._root) and path != self._root else None
        if relative is None:
            return
        try:
            status = path.lstat()
        except OSError:
            self._remove(self._catalogue.below(relative))
            return
        if path.is_symlink():
            self._pass_over(Entry(relative, NO_SIZE, 0, reason=Unread.SYMBOLIC_LINK.value))
        elif path.is_dir():
            self._look_below(path, relative)
        elif (exclusion := self._gate.decide(str(path), None, purpose=Purpose.DISK)) is not None:
            self._pass_over(Entry(relative, NO_SIZE, 0, reason=exclusion.value))
        elif not path.is_file():
            self._pass_over(Entry(relative, NO_SIZE, 0, reason=Unread.SPECIAL_FILE.value))
        else:
            self._urgent[relative] = FoundFile(path, status.st_size, status.st_mtime_ns)

    def _look_below(self, folder: Path, relative: str) -> None:
        """Look at a folder that was made or moved here."""
        if self._gate.excludes_folder(folder):
            return
        known = {path: row for path in self._catalogue.below(relative) if (row := self._catalogue.get(path))}
        looking = self._new_pass(folder, known)
        while (differences := looking.some(_SURVEY_ENTRIES)) is not None:
            self._urgent |= differences.to_read
            for entry in differences.passed_over:
                self._pass_over(entry)
        self._remove(looking.gone)

    def _look_at_some(self) -> bool:
        if self._pass is None:
            return False
        looking, self._pass = self._pass, None
        differences = looking.some(_SURVEY_ENTRIES)
        if differences is None:
            self._remove(looking.gone)
            # What ended the process before comes last, so that it cannot keep anything else from being read.
            for path in [path for path in self._to_read if path in self._attempts]:
                self._to_read[path] = self._to_read.pop(path)
            self.n_passes += 1
            return True
        for entry in differences.passed_over:
            self._pass_over(entry)
        self._to_read |= differences.to_read
        self._pass = looking
        return True

    def _new_pass(self, top: Path, known: dict[str, Known]) -> Pass:
        return Pass(self._root, self._gate, known, version=TEXT_VERSION, limits=self._limits, top=top)

    def _read_some(self, *, urgent: bool = False) -> bool:
        queue = self._urgent if urgent else self._to_read
        paths = self._next_paths(queue)
        if not paths:
            return False
        with self._database.transaction():
            self._catalogue.begin_attempts([(path, self._attempts.get(path, 0) + 1) for path in paths])
        begun = self._clock.monotonic()
        done: list[_Read] = []
        gone: list[str] = []
        for path in paths:
            read = self._read(path, queue[path])
            if read is None:
                gone.append(path)
            else:
                done.append(read)
            if self._clock.monotonic() - begun > _STEP_SECONDS or self._interrupted():
                break
        self._write(done, paths)
        self._remove(gone)
        for path in [read.entry.path for read in done] + gone:
            queue.pop(path, None)
            self._attempts.pop(path, None)
        self.n_read += len(done)
        return True

    def _next_paths(self, queue: dict[str, FoundFile]) -> list[str]:
        """Return the next files to read; one that ended the process before is read by itself."""
        paths: list[str] = []
        for path in queue:
            if path in self._attempts:
                return paths or [path]
            paths.append(path)
            if len(paths) == _BATCH_FILES:
                break
        return paths

    def _read(self, path: str, file: FoundFile) -> _Read | None:
        """Read one file; None where it has gone."""
        if self._attempts.get(path, 0) >= _MOST_ATTEMPTS:
            return _Read(self._entry(path, file, reason=Skip.CRASHED))
        try:
            source = read_source(file.path, file.size, self._gate, self._limits.max_file_bytes)
            if not isinstance(source, Source):
                return None if not file.path.exists() else _Read(self._entry(path, file, reason=source))
            return self._index(path, file, source)
        except Exception as error:
            _log.error("a file could not be read: %s", story(error))
            return _Read(self._entry(path, file, reason=Skip.FAILED))

    def _index(self, path: str, file: FoundFile, source: Source) -> _Read:
        reason = Skip.GENERATED if source.is_generated else None
        known = self._catalogue.get(path)
        if known is not None and (known.sha256, known.version) == (source.sha256, TEXT_VERSION):
            return _Read(self._entry(path, file, reason=reason), is_same=True)
        symbols = read_symbols(source.text, source.language)
        chunks = () if source.is_generated else chunks_of(source.text, symbols.definitions)
        rows = rows_of(path, source.language, chunks)
        entry = self._entry(path, file, reason=reason)
        return _Read(entry._replace(sha256=source.sha256, n_chunks=len(rows)), symbols, rows)

    def _entry(self, path: str, file: FoundFile, *, reason: Reason | None = None) -> Entry:
        unsettled = 0 <= self._clock.wall() - file.mtime_ns / 1e9 < _UNSETTLED_SECONDS
        mtime_ns = 0 if unsettled else file.mtime_ns
        return Entry(path, file.size, mtime_ns, reason=reason.value if reason else "", version=TEXT_VERSION)

    def _write(self, done: Sequence[_Read], attempted: Sequence[str]) -> None:
        changed = [read for read in done if not read.is_same]
        self._store.replace({read.entry.path: read.rows for read in changed if read.symbols is not None})
        self._store.remove([read.entry.path for read in changed if read.symbols is None])
        with self._database.transaction():
            for read in done:
                if read.is_same:
                    self._catalogue.touch(read.entry.path, read.entry.size, read.entry.mtime_ns)
                else:
                    self._put(read.entry, read.symbols)
            self._catalogue.end_attempts(attempted)

    def _put(self, entry: Entry, symbols: FileSymbols | None) -> None:
        file_id = self._catalogue.put(entry)
        if symbols is None:
            self._symbols.remove(file_id)
        else:
            self._symbols.replace(file_id, entry.path, symbols)

    def _pass_over(self, entry: Entry) -> None:
        """Take in that a path is not read; what the index held of it is removed."""
        known = self._catalogue.get(entry.path)
        if known is not None and known.size != NO_SIZE:
            self._store.remove([entry.path])
        with self._database.transaction():
            self._put(entry, None)
        self._urgent.pop(entry.path, None)
        self._to_read.pop(entry.path, None)

    def _remove(self, paths: Sequence[str]) -> None:
        for start in range(0, len(paths), _REMOVED_AT_ONCE):
            some = paths[start : start + _REMOVED_AT_ONCE]
            self._store.remove(some)
            with self._database.transaction():
                for path in some:
                    if (known := self._catalogue.get(path)) is not None:
                        self._symbols.remove(known.id)
                        self._catalogue.remove(path)
            for path in some:
                self._urgent.pop(path, None)
                self._to_read.pop(path, None)


def _changes_rules(path: Path) -> bool:
    return path.name in _IGNORE_FILES or path.parts[-3:] == (".git", "info", "exclude")


def _without_links(path: Path) -> Path:
    """Return a path whose folders are no links; its last part may be one."""
    try:
        return path.parent.resolve() / path.name
    except (OSError, RuntimeError, ValueError):
        return path
