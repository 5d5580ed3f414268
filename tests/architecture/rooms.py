"""The rooms of `server/pylot` and what each may import: docs/architecture.md as data."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "pylot"

LEVELS = {
    "kernel": 0,
    "text": 1,
    "storage": 1,
    "config": 1,
    "syntax": 2,
    "workspace": 2,
    "ipc": 2,
    "engine": 3,
    "models": 4,
    "index": 5,
    "memory": 5,
    "journal": 5,
    "completion": 6,
    "actions": 6,
    "policy": 6,
    "evaluation": 7,
    "bench": 8,
    "execution": 7,
    "tools": 7,
    "agent": 8,
    "pipelines": 8,
    "app": 9,
    "lsp": 10,
    "http": 10,
    "cli": 10,
}

# The one arrow that does not point down: `pylot lsp` starts the language server, and loads it only then.
SIDEWAYS = {("cli", "lsp")}

# Libraries that one room keeps to itself, so that replacing one changes one room.
OWNERS = {
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    # The benchmark measures the library itself, in a process of its own.
    "llama_cpp": {"engine", "bench"},
    "numpy": {"engine", "index"},
    "lancedb": {"index"},
    "pyarrow": {"index"},
    "onnxruntime": {"index"},
    "tree_sitter_language_pack": {"syntax"},
    "jinja2": {"engine"},
    "tree_sitter": {"syntax"},
    "sqlite3": {"storage"},
    "tomllib": {"config"},
    "yaml": {"config", "models"},
    "pathspec": {"workspace"},
    "platformdirs": {"storage"},
    "psutil": {"engine", "lsp", "cli", "bench"},
    "httpx": {"models"},
    "jsonschema": {"models"},
    "json_repair": {"models"},
    "referencing": {"models"},
    "tomlkit": {"config"},
}


@dataclass(frozen=True)
class Import:
    """One imported name: where, what, and whether importing the file is enough to import it."""

    path: Path
    line: int
    target: str
    at_start: bool

    @property
    def room(self) -> str:
        """The importing room, or an empty string at the top of the package."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def where(self) -> str:
        """The place as an editor opens it."""
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def existing_rooms() -> list[str]:
    """Return the rooms that have been built."""
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def sources() -> list[Path]:
    """Return every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> Iterator[Import]:
    """Return every import in a file, those inside functions included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_start = {id(node) for node in _run_on_import(tree.body)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name, id(node) in at_start)
        elif isinstance(node, ast.ImportFrom):
            for target in _targets(path, node):
                yield Import(path, node.lineno, target, id(node) in at_start)


def loaded_by(modules: Iterable[Path]) -> set[str]:
    """Return everything that importing `modules` imports, directly or through other rooms, by its dotted name."""
    seen: set[Path] = set()
    waiting = list(modules)
    targets: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for found in imports_of(path):
            if found.at_start:
                targets.add(found.target)
                waiting += _files_of(found.target)
    return targets


def _files_of(target: str) -> list[Path]:
    parts = target.split(".")
    if parts[0] != PACKAGE.name:
        return []
    folders = [PACKAGE.joinpath(*parts[1:end]) for end in range(1, len(parts) + 1)]
    candidates = [*(folder / "__init__.py" for folder in folders), *(folder.with_suffix(".py") for folder in folders)]
    return [path for path in candidates if path.is_file()]


def room_of(target: str) -> str:
    """Return the room that an imported module lies in, or an empty string when it is none of ours."""
    parts = target.split(".")
    return parts[1] if parts[0] == "pylot" and len(parts) > 1 and parts[1] in LEVELS else ""


def _targets(path: Path, node: ast.ImportFrom) -> list[str]:
    module = node.module or ""
    if node.level:
        package = ("pylot", *path.relative_to(PACKAGE).parts[:-1])
        module = ".".join([*package[: len(package) - node.level + 1], *([module] if module else [])])
    return [f"{module}.{alias.name}" for alias in node.names]


def _run_on_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Return the statements that importing a module runs, without those for type checkers alone."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from _run_on_import(getattr(node, name, []))
