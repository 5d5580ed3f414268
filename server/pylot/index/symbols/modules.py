"""Which file of a workspace an import names, by the rules of its language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from posixpath import commonpath, dirname, join
from typing import Protocol

from pylot.syntax.symbols import Import

_PYTHON_ENDINGS = (".py", ".pyi")


class KnownFiles(Protocol):
    """The files that imports may name."""

    def has(self, path: str) -> bool:
        """Tell whether the workspace has such a file."""

    def modules_named(self, module: str) -> Sequence[str]:
        """Return the files that a module name's last part could mean."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file, or a Python package without one, which is only its `folder`."""

    file: str | None
    folder: str | None = None

    def inner(self, files: KnownFiles, name: str) -> Module | None:
        """Return the module that lies in this one as a file of its own, which only packages of Python have."""
        folder = self.folder
        if folder is None and self.file is not None and self.file.rpartition("/")[2].startswith("__init__."):
            folder = dirname(self.file)
        return None if folder is None else _python_file(files, folder, [name])


def find_module(files: KnownFiles, path: str, language: str, imported: Import) -> Module | None:
    """Return the module that an import in the file at `path` names, or None where the workspace has none."""
    finder = _FINDERS.get(language)
    return finder(files, path, imported) if finder else None


def _python(files: KnownFiles, path: str, imported: Import) -> Module | None:
    parts = [part for part in imported.module.split(".") if part]
    if imported.level:
        folder = dirname(path)
        for _ in range(imported.level - 1):
            if not folder:
                return None
            folder = dirname(folder)
        return _python_file(files, folder, parts) or Module(None, join(folder, *parts))
    if not parts:
        return None
    for root in _python_roots(files, path):
        if found := _python_file(files, root, parts) or _namespace_package(files, root, parts, imported):
            return found
    if found := _python_elsewhere(files, path, parts):
        return found
    inner = [_python_elsewhere(files, path, [*parts, name]) for name, _ in imported.names]
    return next((Module(None, dirname(one.folder or one.file or "")) for one in inner if one), None)


def _python_file(files: KnownFiles, folder: str, parts: Sequence[str]) -> Module | None:
    base = join(folder, *parts)
    names = [join(base, "__init__"), base] if parts else [join(base, "__init__")]
    for name in names:
        for ending in _PYTHON_ENDINGS:
            if files.has(name + ending):
                return Module(name + ending, base if name != base else None)
    return None


def _namespace_package(files: KnownFiles, root: str, parts: Sequence[str], imported: Import) -> Module | None:
    folder = join(root, *parts)
    names = [name for name, _ in imported.names]
    return Module(None, folder) if any(_python_file(files, folder, [name]) for name in names) else None


def _python_roots(files: KnownFiles, path: str) -> Iterable[str]:
    """Yield the folders around a file that absolute imports may start in: those that are no packages themselves."""
    for folder in _folders_above(path):
        if not any(files.has(join(folder, "__init__" + ending)) for ending in _PYTHON_ENDINGS):
            yield folder


def _python_elsewhere(files: KnownFiles, path: str, parts: Sequence[str]) -> Module | None:
    """Return the nearest file that would be this module if its package's folder were on the path, as `src` is."""
    tails = ["/".join(parts) + ending for ending in _PYTHON_ENDINGS]
    tails += ["/".join([*parts, "__init__" + ending]) for ending in _PYTHON_ENDINGS]
    found = [
        file
        for file in files.modules_named(parts[-1])
        for tail in tails
        if file.endswith("/" + tail) and not files.has(join(file[: -len(tail)], "__init__.py"))
    ]
    nearest = nearest_path(found, path)
    if nearest is None:
        return None
    return Module(nearest, dirname(nearest) if nearest.rpartition("/")[2].startswith("__init__.") else None)


def nearest_path(paths: Iterable[str], path: str) -> str | None:
    """Return the one of several files that shares most folders with `path`, the shortest and first of those."""
    return min(paths, key=lambda other: (-_shared_folders(other, path), other.count("/"), other), default=None)


def _shared_folders(first: str, second: str) -> int:
    shared = commonpath([dirname(first), dirname(second)])
    return shared.count("/") + 1 if shared else 0


def _folders_above(path: str) -> Iterable[str]:
    folder = dirname(path)
    yield folder
    while folder:
        folder = dirname(folder)
        yield folder


_FINDERS: dict[str, Callable[[KnownFiles, str, Import], Module | None]] = {"python": _python}
