"""The code that context is judged on: Python packages of this environment and the held-out TypeScript projects."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pylot.index.symbols.table import SymbolTable
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols

# What the weights are fitted on, and what is reported; no project is in both.
FITTED = ("pydantic", "jinja2", "pip", "multiprocessing", "attr", "_pytest", "mobx", "ajv")
REPORTED = (
    "hypothesis", "anyio", "fastapi", "jsonschema", "lancedb", "unittest", "pygls", "email", "mypy",
    "meilisearch", "minisearch", "reselect", "true-myth", "hono", "zustand",
)  # fmt: skip
# What nobody looked at while uses of definitions were written: the other packages here, and held-out projects.
UNSEEN = (
    "cattrs", "click", "hatchling", "httpcore", "httpx", "packaging", "pluggy", "pygments", "referencing", "requests",
    "setuptools", "starlette", "tomlkit", "tqdm", "urllib3", "uvicorn", "flask", "loguru", "marshmallow", "poetry",
    "d3-array", "ky",
)  # fmt: skip
_SUFFIXES = (".py", ".ts", ".tsx")
_MOST_FILES = 250
_LARGEST = 300_000


@dataclass(frozen=True, slots=True)
class Project:
    """The files of a project by their path in it, and their symbols."""

    name: str
    texts: Mapping[str, str]
    table: SymbolTable


def load_projects(names: tuple[str, ...], held_out: Path | None) -> Iterator[Project]:
    """Return those that are there; `held_out` is what `python -m training.heldout` filled."""
    for name in names:
        folder = _folder(name, held_out)
        if folder is not None:
            yield _load(name, folder)


def _folder(name: str, held_out: Path | None) -> Path | None:
    places = [Path(sysconfig.get_paths()[kind]) / name for kind in ("stdlib", "purelib")]
    if held_out is not None:
        places += held_out.glob(f"{name}-*/{name}")
    return next((place for place in places if place.is_dir()), None)


def _load(name: str, folder: Path) -> Project:
    table, texts = SymbolTable(None), {}
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.stat().st_size < _LARGEST)
    for file in files[:_MOST_FILES]:
        path = file.relative_to(folder.parent).as_posix()
        text = file.read_text(encoding="utf-8", errors="replace")
        texts[path] = text
        table.open(path, read_symbols(text, canonical_language("", path)))
    return Project(name, texts, table)
