"""From an import to the file it names, and from a name in a file to its definition, through re-exports.

It never looks at the disk: what the index does not know does not exist, so nothing excluded is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pylot.index.symbols.modules import Module, find_module, nearest_path
from pylot.index.symbols.packages import PACKAGE_LANGUAGES, are_akin, is_in_package, rust_files
from pylot.syntax.symbols import Definition, FileSymbols, Import

_MOST_HOPS = 6
_MOST_STARS = 256
_NAMESPACED = frozenset({"cpp", "csharp", "typescript", "tsx"})


class Files(Protocol):
    """What resolving asks of a workspace; paths are relative to it, with slashes."""

    def has(self, path: str) -> bool:
        """Tell whether the workspace has such a file."""

    def symbols(self, path: str) -> FileSymbols | None:
        """Return what a file defines and imports."""

    def modules_named(self, module: str) -> Sequence[str]:
        """Return the files that a module name's last part could mean."""

    def definitions(self, name: str) -> Sequence[Found]:
        """Return where exactly this name is defined."""


@dataclass(frozen=True, slots=True)
class Found:
    """A definition and the file it is in; without a definition it is the file itself, as a module."""

    path: str
    definition: Definition | None = None


@dataclass(frozen=True, slots=True)
class ImportedName:
    """What one imported name is: `local` is the name it has here, `found` is None for what is not of the workspace."""

    local: str
    imported: Import
    found: Found | None


class Resolver:
    """Resolve the imports of a workspace's files."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def module_of(self, path: str, imported: Import) -> Module | None:
        """Return the file or the folder that an import in a file names."""
        symbols = self._files.symbols(path)
        return find_module(self._files, path, symbols.language, imported) if symbols else None

    def imports_of(self, path: str, symbols: FileSymbols) -> list[ImportedName]:
        """Return every name that a file imports, in its order; `*` stands for what a star import leaves open."""
        resolved: list[ImportedName] = []
        for one in symbols.imports:
            module = find_module(self._files, path, symbols.language, one)
            if not one.names:
                local = one.local_name(symbols.language)
                resolved.append(ImportedName(local, one, self._bound_module(path, symbols.language, one, module)))
            for name, local in one.names:
                resolved.append(ImportedName(local, one, self._named(path, symbols.language, one, module, name)))
        return resolved

    def name(self, path: str, name: str) -> Found | None:
        """Return what a name means outside of functions in a file: its own, imported, or behind a star import."""
        return self._name(path, name, _MOST_HOPS, set())

    def member(self, module: Module, name: str, hops: int = _MOST_HOPS) -> Found | None:
        """Return what a module makes available under a name: a definition, or a module inside it."""
        return self._member(module, name, hops, set())

    def dotted(self, path: str, name: str) -> Found | None:
        """Return what a dotted name means in a file: `module.Class.method`, as far as each part is known."""
        first, *rest = name.split(".")
        found = self.name(path, first)
        if found is None and rest and (found := self._in_package_called(path, first, rest[0])):
            rest = rest[1:]
        for position, part in enumerate(rest):
            if found is None:
                return self._longer_module(path, name.split("."), position + 1)
            found = self.inside(found, part) or self._longer_module(path, name.split("."), position + 2)
        return found

    def inside(self, found: Found, name: str) -> Found | None:
        """Return what stands under a name in a class or a module."""
        if found.definition is None:
            return self.member(Module(found.path), name)
        qualified = f"{found.definition.qualified}.{name}"
        symbols = self._files.symbols(found.path)
        for definition in symbols.definitions if symbols else ():
            if definition.qualified == qualified:
                return Found(found.path, definition)
        return None

    def _named(self, path: str, language: str, one: Import, module: Module | None, name: str) -> Found | None:
        if module is None:
            return None if name == "*" else self._in_package(path, language, one.module, name)
        return Found(module.file) if name == "*" and module.file else self.member(module, name)

    def _in_package_called(self, path: str, local: str, name: str) -> Found | None:
        """Return what a package that a file imports under a name has: Go's `models.Item`."""
        symbols = self._files.symbols(path)
        for one in symbols.imports if symbols else ():
            if symbols and one.local_name(symbols.language) == local:
                return self._in_package(path, symbols.language, one.module, name)
        return None

    def _in_package(self, path: str, language: str, package: str, name: str) -> Found | None:
        """Return the nearest definition of a name in the files that belong to a package."""
        if language not in PACKAGE_LANGUAGES:
            return None
        found: dict[str, Found] = {}
        for one in self._files.definitions(name):
            symbols = self._files.symbols(one.path)
            if symbols is None or one.definition is None or not are_akin(symbols.language, language):
                continue
            if is_in_package(one.path, symbols, one.definition, package):
                found.setdefault(one.path, one)
        if not found and language == "rust":
            found = {file: Found(file) for file in rust_files(self._files, package, name)}
        nearest = nearest_path(found, path)
        return found[nearest] if nearest else None

    def _longer_module(self, path: str, parts: list[str], length: int) -> Found | None:
        """Return the module that `import a.b` in a file lets `a.b` mean, where `a` alone says nothing of `b`."""
        symbols = self._files.symbols(path)
        wanted = ".".join(parts[:length])
        for one in symbols.imports if symbols else ():
            if not one.names and not one.alias and (one.module + ".").startswith(wanted + "."):
                module = find_module(self._files, path, symbols.language if symbols else "", Import(wanted))
                return Found(module.file) if module and module.file else None
        return None

    def _bound_module(self, path: str, language: str, one: Import, module: Module | None) -> Found | None:
        if not one.alias and language == "python" and "." in one.module:
            module = find_module(self._files, path, language, Import(one.module.partition(".")[0]))
        return Found(module.file) if module and module.file else None

    def _name(self, path: str, name: str, hops: int, seen: set[tuple[str, str]]) -> Found | None:
        symbols = self._files.symbols(path)
        if symbols is None or hops < 0 or (path, name) in seen:
            return None
        seen.add((path, name))
        own = _own(symbols, name)
        # A variable beside an import of the same name is what stands in where the import fails.
        if own is not None and own.kind not in ("variable", "constant"):
            return Found(path, own)
        return self._imported(path, symbols, name, hops, seen) or (Found(path, own) if own else None)

    def _imported(
        self, path: str, symbols: FileSymbols, name: str, hops: int, seen: set[tuple[str, str]]
    ) -> Found | None:
        stars: list[Import] = []
        for one in symbols.imports:
            if name == one.local_name(symbols.language):
                module = find_module(self._files, path, symbols.language, one)
                if found := self._bound_module(path, symbols.language, one, module):
                    return found
            for original, local in one.names:
                if original == "*" == local:
                    stars.append(one)
                elif local == name:
                    module = find_module(self._files, path, symbols.language, one)
                    found = (
                        self._member(module, original, hops - 1, seen)
                        if module
                        else self._in_package(path, symbols.language, one.module, original)
                    )
                    if found:
                        return found
        for one in stars[:_MOST_STARS]:
            module = find_module(self._files, path, symbols.language, one)
            found = self._in_package(path, symbols.language, one.module, name) if module is None else None
            if module and module.file and self._is_given_by_star(module.file, name):
                found = self._name(module.file, name, hops - 1, seen)
            if found:
                return found
        return None

    def _is_given_by_star(self, path: str, name: str) -> bool:
        symbols = self._files.symbols(path)
        if symbols is None:
            return False
        if symbols.exports is not None:
            return name in symbols.exports
        return name != "default" and (symbols.language != "python" or not name.startswith("_"))

    def _member(self, module: Module, name: str, hops: int, seen: set[tuple[str, str]]) -> Found | None:
        if module.file is not None and (found := self._name(module.file, name, hops, seen)):
            return found
        inner = module.inner(self._files, name)
        return Found(inner.file) if inner and inner.file else None


def _own(symbols: FileSymbols, name: str) -> Definition | None:
    """Return the definition of a name at the top of a file; a class or a function goes before a variable."""
    first = None
    for definition in symbols.definitions:
        if definition.name == name and is_at_top(symbols, definition):
            if definition.kind not in ("variable", "constant"):
                return definition
            first = first or definition
    return first


def is_at_top(symbols: FileSymbols, definition: Definition) -> bool:
    """Tell whether other files can name a definition without its owner: it has none, or only a namespace.

    Lua's modules are tables, so what a module's table owns counts as the module's.
    """
    owner = definition.parent
    if not owner or (symbols.language == "lua" and "." not in owner):
        return True
    return symbols.language in _NAMESPACED and any(
        other.kind == "namespace" and other.qualified == owner for other in symbols.definitions
    )
