"""Names of languages that import packages and namespaces, or files by their names, instead of modules."""

from __future__ import annotations

from collections.abc import Sequence
from posixpath import dirname, join, normpath, splitext
from typing import Protocol

from pylot.syntax.symbols import Definition, FileSymbols, Import

FILE_LANGUAGES = frozenset({"c", "cpp", "ruby", "php", "lua", "bash"})
PACKAGE_LANGUAGES = frozenset({"java", "kotlin", "scala", "csharp", "php", "go", "rust"})
# Languages that may use each other's packages and headers.
_FAMILIES = (frozenset({"java", "kotlin", "scala"}), frozenset({"c", "cpp"}))
_RUST_ROOTS = frozenset({"crate", "self", "super"})
_RUST_FILES = frozenset({"mod", "lib", "main"})


class KnownFiles(Protocol):
    """The files that imports may name."""

    def has(self, path: str) -> bool:
        """Tell whether the workspace has such a file."""

    def modules_named(self, module: str) -> Sequence[str]:
        """Return the files that a module name's last part could mean."""


def are_akin(first: str, second: str) -> bool:
    """Tell whether files of two languages can mean each other's definitions."""
    return first == second or any(first in family and second in family for family in _FAMILIES)


def named_files(files: KnownFiles, path: str, language: str, imported: Import) -> list[str]:
    """Return the files that `#include "a/b.h"`, `require "a/b"` or `source ./a.sh` may mean, the surest first."""
    wanted = imported.module.replace(".", "/") if language == "lua" else imported.module
    ending = {"ruby": ".rb", "lua": ".lua"}.get(language, "")
    names = [wanted] if wanted.endswith(ending) and ending != ".lua" else [wanted + ending]
    if language == "lua":
        names.append(join(wanted, "init.lua"))
    relative = [normpath(join(dirname(path), name)) for name in names]
    if found := [name for name in relative if files.has(name)]:
        return found
    tails = ["/" + normpath(name).lstrip("./") for name in names]
    stem = splitext(wanted.rpartition("/")[2])[0]
    return [file for file in files.modules_named(stem) if any(("/" + file).endswith(tail) for tail in tails)]


def is_in_package(path: str, symbols: FileSymbols, definition: Definition, module: str) -> bool:
    """Tell whether a definition is what a package, namespace or module gives under its name."""
    if symbols.language == "go":
        folder = dirname(path)
        return bool(folder) and (module == folder or ("/" + module).endswith("/" + folder.rpartition("/")[2]))
    if symbols.language == "rust":
        return _is_in_rust_module(path, definition, module)
    package = symbols.package.replace("\\", ".")
    whole = f"{package}.{definition.parent}".strip(".") if definition.parent else package
    return whole == module.replace("\\", ".")


def _is_in_rust_module(path: str, definition: Definition, module: str) -> bool:
    """Compare the end of a path like `crate::a::b`, in which `a` may be a file, a folder, a module or a type."""
    wanted = [part for part in module.split("::") if part and part not in _RUST_ROOTS]
    have = _rust_parts(path) + (definition.parent.split(".") if definition.parent else [])
    return not wanted or have[-len(wanted) :] == wanted


def rust_files(files: KnownFiles, module: str, name: str) -> list[str]:
    """Return the files that are the Rust module `name` in `module`."""
    wanted = [*(part for part in module.split("::") if part and part not in _RUST_ROOTS), name]
    return [
        file
        for file in files.modules_named(name)
        if file.endswith(".rs") and _rust_parts(file)[-len(wanted) :] == wanted
    ]


def _rust_parts(path: str) -> list[str]:
    parts = path.removesuffix(".rs").split("/")
    return parts[:-1] if parts[-1] in _RUST_FILES else parts
