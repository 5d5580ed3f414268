"""The arrows between rooms point down (design.md section 3), and each file stays small enough to read."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

import pytest

from tests.architecture.rooms import (
    LEVELS,
    OWNERS,
    PACKAGE,
    ROOT,
    SIDEWAYS,
    Import,
    existing_rooms,
    imports_of,
    loaded_by,
    room_of,
    sources,
)

ALL_IMPORTS = [found for path in sources() for found in imports_of(path)]

TRAINING = ROOT / "server" / "training"
TRAINING_LIBRARIES = {"torch", "tokenizers", "gguf"}

# Only the processes of the engine and of the index may load these.
HEAVY = {"numpy", "llama_cpp", "jinja2", "lancedb", "pyarrow", "onnxruntime"}


def is_allowed(found: Import) -> bool:
    target = room_of(found.target)
    if not target or target == found.room:
        return True
    if not found.room:
        return LEVELS[target] == max(LEVELS.values())
    sideways = (found.room, target) in SIDEWAYS and not found.at_start
    return LEVELS[target] < LEVELS[found.room] or sideways


def test_every_room_has_a_level() -> None:
    assert set(existing_rooms()) <= set(LEVELS)
    assert not [path for path in PACKAGE.iterdir() if path.is_dir() and path.name not in {*LEVELS, "__pycache__"}]


def test_imports_point_down() -> None:
    wrong = [f"{found.where} imports {found.target}" for found in ALL_IMPORTS if not is_allowed(found)]

    assert wrong == []


def test_each_library_stays_in_its_room() -> None:
    wrong = [
        f"{found.where} imports {found.target}"
        for found in ALL_IMPORTS
        for owners in [OWNERS.get(library(found))]
        if owners is not None and found.room not in owners
    ]

    assert wrong == []


def test_shipped_code_needs_only_the_standard_library_and_the_named_libraries() -> None:
    known = {*sys.stdlib_module_names, *OWNERS, "pylot", "pydantic"}
    wrong = [f"{found.where} imports {found.target}" for found in ALL_IMPORTS if library(found) not in known]

    assert wrong == []


def test_language_server_loads_nothing_heavy() -> None:
    """Follow the imports from the server's rooms: `initialize` must be answered within a second."""
    rooms = [*PACKAGE.glob("lsp/**/*.py"), *PACKAGE.glob("app/**/*.py"), PACKAGE / "cli" / "main.py"]

    assert {target for target in loaded_by(rooms) if target.split(".")[0] in HEAVY} == set()


def test_the_walk_sees_what_the_engine_loads() -> None:
    assert {target.split(".")[0] for target in loaded_by([PACKAGE / "engine" / "llama_runtime.py"])} >= {
        "numpy",
        "llama_cpp",
    }


def test_nothing_shipped_imports_training_or_tests() -> None:
    """`training` makes the model, `setup` the working tree; neither is there in an installed Pylot."""
    roots = {found.target.split(".")[0] for found in ALL_IMPORTS}

    assert roots.isdisjoint({"training", "setup", "server", "tests", *TRAINING_LIBRARIES})


def test_steps_of_training_that_need_no_torch_load_none() -> None:
    """Data, evaluation and every `--help` work in an environment without the extra `training`."""
    needs_torch = {"model.py", "tokenizer.py", "run", "export"}
    parts = [path for path in TRAINING.rglob("*.py") if path.relative_to(TRAINING).parts[0] not in needs_torch]
    wrong = [
        f"{path.relative_to(ROOT)} imports {found.target}"
        for path in parts
        for found in imports_of(path)
        if found.at_start and library(found) in TRAINING_LIBRARIES
    ]

    assert len(parts) > 10
    assert wrong == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("server/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_file_size(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


def test_habits_of_the_whole() -> None:
    """Hold the figures of docs/architecture.md: half of the files are short, and functions are."""
    files = [path.read_text(encoding="utf-8") for path in sources()]
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for text in files
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )

    assert statistics.median(len(text.splitlines()) for text in files) <= 200
    assert statistics.median(lengths) <= 12
    assert lengths[-1] <= 120


def library(found: Import) -> str:
    """Return the installed library that an import reaches; the grammars count as tree-sitter."""
    top = found.target.split(".")[0]
    return "tree_sitter" if top.startswith("tree_sitter") else top
