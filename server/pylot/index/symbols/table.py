"""The one place that knows every symbol of a workspace, open documents as they are being typed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pylot.index.symbols.modules import nearest_path
from pylot.index.symbols.resolve import Found, ImportedName, Resolver
from pylot.index.symbols.store import StoredSymbols, module_name
from pylot.syntax.symbols import Definition, FileSymbols, Reference

_MOST_REMEMBERED = 512
_MOST_FOUND = 200
_MOST_BASES = 12


@dataclass(frozen=True, slots=True)
class Use:
    """One place that uses a name."""

    path: str
    reference: Reference


class SymbolTable:
    """Answer what is defined, used and imported where, from the index and from open documents.

    Paths are relative to the workspace, with slashes. An open document hides what the index knows of its file, from
    `open` to `close`. Without an index (`stored` is None) only open documents are known. Used from one thread at a
    time; no answer waits for the indexer, and a file that it has not come to yet is as if it did not exist.

    - `symbols(path)`: what a file defines and imports (with references for open documents only; see `references_in`).
    - `definitions(name)`, `search(start)`: where a name is defined; names that begin so.
    - `references(name)`: where a name is used, file by file.
    - `imports(path)`: every imported name with the definition or the module that it resolves to.
    - `lookup(path, dotted name)`: what a name means in a file: its own, imported, of the same package, or unique.
    - `members(found)`: fields and methods of a class, inherited ones included.
    - `importers(path)`: which files import a file.

    Raises StorageError when the index cannot be read.
    """

    def __init__(self, stored: StoredSymbols | None) -> None:
        self._stored = stored
        self._open: dict[str, FileSymbols] = {}
        self._remembered: OrderedDict[str, tuple[int, FileSymbols]] = OrderedDict()
        self._resolver = Resolver(self)

    def open(self, path: str, symbols: FileSymbols) -> None:
        """Let an open document be known by these symbols until it is closed."""
        self._open[path] = symbols

    def close(self, path: str) -> None:
        """Let a file be known as the index knows it."""
        self._open.pop(path, None)

    @property
    def open_paths(self) -> tuple[str, ...]:
        """The open documents, in the order in which they were opened."""
        return tuple(self._open)

    def has(self, path: str) -> bool:
        """Tell whether the symbols of a file are known."""
        return path in self._open or (self._stored is not None and self._stored.revision(path) is not None)

    def symbols(self, path: str) -> FileSymbols | None:
        """Return what a file defines and imports, or None for an unknown one."""
        if path in self._open:
            return self._open[path]
        revision = self._stored.revision(path) if self._stored else None
        if self._stored is None or revision is None:
            return None
        known = self._remembered.get(path)
        if known is None or known[0] != revision:
            symbols = self._stored.file(path)
            if symbols is None:
                return None
            known = self._remembered[path] = revision, symbols
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(path)
        return known[1]

    def modules_named(self, module: str) -> Sequence[str]:
        """Return the files that a module name's last part could mean."""
        stored = self._stored.modules_named(module) if self._stored else []
        return [*stored, *(path for path in self._open if module_name(path) == module and path not in stored)]

    def definitions(self, name: str, limit: int = _MOST_FOUND) -> list[Found]:
        """Return where exactly this name is defined, open documents first."""
        own = self._in_open(lambda definition: definition.name == name)
        return self._with_open(own, self._stored.definitions_named(name, limit) if self._stored else [], limit)

    def search(self, start: str, limit: int = _MOST_FOUND) -> list[Found]:
        """Return definitions whose names begin so in whatever case, open documents first."""
        lower = start.lower()
        own = self._in_open(lambda definition: definition.name.lower().startswith(lower))
        return self._with_open(own, self._stored.definitions_like(start, limit) if self._stored else [], limit)

    def references(self, name: str, limit: int = _MOST_FOUND) -> list[Use]:
        """Return where a name is used, in at most `limit` files: open documents, then those that use it most."""
        uses = [
            Use(path, reference)
            for path, symbols in self._open.items()
            for reference in symbols.references
            if reference.name == name
        ]
        for path, references in self._stored.references_to(name, limit) if self._stored else []:
            if path not in self._open:
                uses += [Use(path, reference) for reference in references]
        return uses

    def references_in(self, path: str) -> tuple[Reference, ...]:
        """Return every reference of a file, in the order of the text."""
        if path in self._open:
            return self._open[path].references
        return self._stored.references_in(path) if self._stored else ()

    def imports(self, path: str) -> list[ImportedName]:
        """Return every name that a file imports, in its order, with what it resolves to."""
        symbols = self.symbols(path)
        return self._resolver.imports_of(path, symbols) if symbols else []

    def lookup(self, path: str, name: str) -> Found | None:
        """Return what a name, dotted or not, means in a file outside of its functions.

        Its own definitions and imports decide; then comes the nearest class or function of the workspace with the
        name, if the language is the same and there are not several in the same folder.
        """
        if found := self._resolver.dotted(path, name):
            return found
        symbols = self.symbols(path)
        if symbols is None or "." in name or _is_imported(symbols, name):
            return None
        return self._nearest(path, symbols.language, name)

    def members(self, found: Found) -> list[Found]:
        """Return the fields and methods of a class, then those of its bases that it does not define itself."""
        members: dict[str, Found] = {}
        pending, seen = [found], {found}
        while pending and len(seen) <= _MOST_BASES:
            owner = pending.pop(0)
            symbols = self.symbols(owner.path)
            if owner.definition is None or symbols is None:
                continue
            for definition in symbols.definitions:
                if definition.parent == owner.definition.qualified:
                    members.setdefault(definition.name, Found(owner.path, definition))
            for base in map(self.lookup, [owner.path] * len(owner.definition.bases), owner.definition.bases):
                if base is not None and base not in seen:
                    seen.add(base)
                    pending.append(base)
        return list(members.values())

    def importers(self, path: str) -> list[str]:
        """Return the files that import a file, in order."""
        name = module_name(path)
        candidates = {other for other, _ in self._stored.importing(name)} if self._stored else set()
        found = []
        for other in sorted(candidates | set(self._open)):
            if other != path and any(self._names_module(other, one, path) for one in self.imports(other)):
                found.append(other)
        return found

    def paths(self) -> list[str]:
        """Return all files whose symbols are known, in order."""
        return sorted({*(self._stored.paths() if self._stored else ()), *self._open})

    def _names_module(self, path: str, one: ImportedName, wanted: str) -> bool:
        if one.found is not None and one.found.path == wanted:
            return True
        module = self._resolver.module_of(path, one.imported)
        return module is not None and module.file == wanted

    def _in_open(self, is_wanted: Callable[[Definition], bool]) -> list[Found]:
        return [
            Found(path, definition)
            for path, symbols in self._open.items()
            for definition in symbols.definitions
            if is_wanted(definition)
        ]

    def _with_open(self, own: list[Found], stored: Iterable[tuple[str, Definition]], limit: int) -> list[Found]:
        found = own + [Found(path, definition) for path, definition in stored if path not in self._open]
        return found[:limit]

    def _nearest(self, path: str, language: str, name: str) -> Found | None:
        found: dict[str, list[Found]] = {}
        for one in self.definitions(name):
            definition = one.definition
            symbols = self.symbols(one.path) if definition and definition.qualified == name else None
            if symbols is not None and symbols.language == language and one.path != path:
                found.setdefault(one.path, []).append(one)
        nearest = nearest_path(found, path)
        return found[nearest][0] if nearest else None


def _is_imported(symbols: FileSymbols, name: str) -> bool:
    return any(local == name for one in symbols.imports for _, local in one.names) or any(
        name == (one.alias or one.module.partition(".")[0]) for one in symbols.imports if not one.names
    )
