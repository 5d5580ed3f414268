"""Which file of a workspace an import names, by the rules of its language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from posixpath import commonpath, dirname, join, normpath

from pylot.index.symbols.packages import FILE_LANGUAGES, KnownFiles, named_files
from pylot.syntax.symbols import Import

_PYTHON_ENDINGS = (".py", ".pyi")
_SCRIPT_ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
# TypeScript imports the file that will be compiled by the name of what it will be compiled to.
_COMPILED = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
# What bundlers are told to take for the source folder, and Svelte for the one in it.
_ALIASES = {"@/": "", "~/": "", "#/": "", "$lib/": "lib/"}


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


def _script(files: KnownFiles, path: str, imported: Import) -> Module | None:
    module = imported.module
    if not module:
        return Module(path)
    if module.startswith("."):
        base = normpath(join(dirname(path), module))
        return None if base.startswith("..") else _script_file(files, "" if base == "." else base)
    for alias, folder in _ALIASES.items():
        if module.startswith(alias):
            return _script_elsewhere(files, path, folder + module.removeprefix(alias))
    # A package of the workspace is known by the last part of its name: `@scope/ui` lies in a folder `ui`.
    return _script_elsewhere(files, path, module.partition("/")[2] if module.startswith("@") else module)


def _script_file(files: KnownFiles, base: str) -> Module | None:
    """Return the file that a path without its ending means, by TypeScript's rules and those of bundlers."""
    stem, dot, ending = base.rpartition(".")
    names = [base] if dot else []
    names += [stem + other for other in _COMPILED.get(dot + ending, ())]
    names += [base + other for other in _SCRIPT_ENDINGS if base]
    names += [join(base, "index" + other) for other in _SCRIPT_ENDINGS]
    return next((Module(name) for name in names if files.has(name)), None)


def _script_elsewhere(files: KnownFiles, path: str, tail: str) -> Module | None:
    """Return the file that ends like a module's name, in the outermost folder around `path` that has one."""
    found: dict[str, str] = {}
    for file in files.modules_named(module_stem(tail)) if tail else ():
        base = file.removesuffix(script_ending(file))
        for name in (base, base.removesuffix("/index"), base.removesuffix("/src/index")):
            if base != file and ("/" + name).endswith("/" + tail):
                found.setdefault(file, name[: -len(tail)])
    if not found:
        return None
    return Module(min(found, key=lambda file: (not path.startswith(found[file]), found[file].count("/"), file)))


def script_ending(path: str) -> str:
    """Return the ending of a JavaScript or TypeScript file, or an empty string."""
    return max((ending for ending in _SCRIPT_ENDINGS if path.endswith(ending)), key=len, default="")


def module_stem(module: str) -> str:
    """Return the last part of a module's path as far as its first dot, which is what files are found by."""
    last = module.rstrip("/").rpartition("/")[2]
    return last.partition(".")[0] or last


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


def _file(language: str) -> Callable[[KnownFiles, str, Import], Module | None]:
    def find(files: KnownFiles, path: str, imported: Import) -> Module | None:
        nearest = nearest_path(named_files(files, path, language, imported), path)
        return Module(nearest) if nearest else None

    return find


_FINDERS: dict[str, Callable[[KnownFiles, str, Import], Module | None]] = {
    "python": _python,
    "javascript": _script,
    "typescript": _script,
    "tsx": _script,
    **{language: _file(language) for language in FILE_LANGUAGES},
}
