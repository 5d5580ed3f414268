"""Find what a name stands for: in the same text, or in the file of the project that it is imported from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pylot.actions.by_model.task import Project
from pylot.actions.by_model.units import Unit, units_in
from pylot.syntax.code_nodes import Code, read_code_nodes
from pylot.syntax.languages import canonical_language

_PYTHON_IMPORT = re.compile(r"^from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
_SCRIPT_IMPORT = re.compile(
    r"^import\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([^}]*)\}\s*from\s*['\"](\.[^'\"]*)['\"]", re.MULTILINE
)
_SCRIPT_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", "/index.ts", "/index.js")


@dataclass(frozen=True, slots=True)
class Found:
    """A definition and its file; `path` is relative to the workspace folder, and empty for the document itself."""

    unit: Unit
    path: str = ""


def find_class(code: Code, name: str, project: Project | None, path: str = "") -> Found | None:
    """Return the class of a name as a text means it; `path` is that text's file where it is not the document."""
    return find_definition(code, name.rpartition(".")[2], project, path, kinds=("class",))


def imported_names(code: Code) -> list[str]:
    """Return the names that a text imports from somewhere, as it uses them."""
    if code.language == "python":
        listed = [found[3].strip("()") for found in _PYTHON_IMPORT.finditer(code.text)]
    else:
        listed = [found[1] for found in _SCRIPT_IMPORT.finditer(code.text)]
    names = [each.split("#")[0].split() for names in listed for each in names.split(",")]
    return list(dict.fromkeys(words[-1] for words in names if words))


def find_definition(
    code: Code, name: str, project: Project | None, path: str = "", kinds: Sequence[str] = ("class", "function")
) -> Found | None:
    """Return the definition of a name as a text means it; `path` is that text's file where it is not the document."""
    own = next((each for each in units_in(code) if each.name == name and each.kind in kinds), None)
    if own is not None:
        return Found(own, path)
    if project is None:
        return None
    for candidate, original in _candidates(code, name, path or project.path):
        text = project.read(candidate)
        other = read_code_nodes(text, canonical_language("", candidate)) if text is not None else None
        if other is None:
            continue
        unit = next((each for each in units_in(other) if each.name == original and each.kind in kinds), None)
        if unit is not None:
            return Found(unit, candidate)
    return None


def _candidates(code: Code, name: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield the files that may define a name, and its name there."""
    folder = PurePosixPath(path).parent
    if code.language == "python":
        for found in _PYTHON_IMPORT.finditer(code.text):
            original = _imported(found[3].strip("()"), name, "as")
            if original:
                for file in _python_files(folder, len(found[1]), found[2]):
                    yield file, original
    elif code.language == "java":
        yield (folder / f"{name}.java").as_posix(), name
    else:
        for found in _SCRIPT_IMPORT.finditer(code.text):
            original = _imported(found[1], name, "as")
            if original:
                target = _normal(folder / re.sub(r"\.(?:js|mjs)$", "", found[2]))
                for suffix in _SCRIPT_SUFFIXES:
                    yield f"{target}{suffix}", original


def _imported(names: str, name: str, word: str) -> str:
    for each in names.split(","):
        words = each.split("#")[0].split()
        if words and words[-1] == name and (len(words) == 1 or words[-2] == word or words[0] == "type"):
            return words[-3] if len(words) >= 3 and words[-2] == word else name
    return ""


def _python_files(folder: PurePosixPath, level: int, module: str) -> Iterator[str]:
    parts = [part for part in module.split(".") if part]
    if level:
        base = folder
        for _ in range(level - 1):
            base = base.parent
        bases = [base]
    else:
        # The folder that a package lies in is one of those around the file, or one of the usual names.
        bases = [folder, *folder.parents, PurePosixPath("src"), PurePosixPath("lib")]
    for base in bases:
        target = base.joinpath(*parts).as_posix() if parts else base.as_posix()
        yield from (f"{target}.py", f"{target}/__init__.py")


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
