"""The tree is what docs/architecture.md says, and holds nothing of the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from setup.lock_file import parse_lock
from tests.architecture.rooms import ROOT, existing_rooms, imports_of

TOP_LEVEL = {
    # the project
    "server",
    "vscode-extension",
    "config",
    "tests",
    "docs",
    "pyproject.toml",
    "package.json",
    "README.md",
    # what a repository needs to be lived in
    "Makefile",
    "LICENSE",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "requirements.lock",
    "package-lock.json",
}

# Written in parts, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com"]
MACHINE_PATHS = [r"(?<![\w.])/" + name + "/" for name in ("wo" + "rk", "fa" + "rm", "ro" + "ot", "tmp/bash" + "_jobs")]
LEAKS = re.compile("|".join([*map(re.escape, REGISTRIES), *MACHINE_PATHS]))

# The requirements' table has one letter per area, and T for the reliability tests.
LAST_REQUIREMENT = dict(
    zip("ABCDEFGHIJKLMNOPQRST", (22, 9, 20, 7, 5, 13, 3, 18, 18, 9, 7, 5, 5, 10, 4, 5, 3, 13, 10, 28), strict=True)
)
REQUIREMENT = re.compile(r"\b([A-T])(\d{1,2})\b")
CITATION = re.compile(r"\(([A-T]\d{1,2}(?:,? (?:and )?[A-T]\d{1,2})*)\)")

LARGEST_FILE = 3 * 1024 * 1024


def repository_files() -> list[Path]:
    """Return what is tracked or would be; outside a git checkout everything but what tools leave behind."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        left_behind = {".git", ".venv", "build", "dist", "node_modules", "__pycache__"}
        paths = (path for path in ROOT.rglob("*") if path.is_file())
        return sorted(
            path
            for path in paths
            if path.suffix != ".onnx"
            and not any(part in left_behind or part.endswith("_cache") for part in path.relative_to(ROOT).parts)
        )
    return sorted(path for path in (ROOT / name for name in names if name) if path.is_file())


FILES = repository_files()


def test_top_level_holds_only_what_is_agreed() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in FILES}

    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_nothing_of_this_machine_is_written_down() -> None:
    leaks = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        if path.suffix != ".gguf"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if LEAKS.search(line)
    ]

    assert leaks == []


def test_files_are_small() -> None:
    assert [str(path.relative_to(ROOT)) for path in FILES if path.stat().st_size > LARGEST_FILE] == []


def test_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert [room for room in existing_rooms() if f"`{room}`" not in page] == []


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(name[:4]) for name in names if re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)]

    assert len(names) == len(numbers)
    assert numbers == list(range(1, len(names) + 1))


def test_everything_declared_is_locked() -> None:
    """One list of dependencies, and a lock that satisfies it (R1); no system's keyring, no machine's own PyTorch."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    unlocked = {"keyring", "training"}
    extras = {name: items for name, items in project["optional-dependencies"].items() if name not in unlocked}
    declared = [
        Requirement(text) for text in (*project["dependencies"], *(item for extra in extras.values() for item in extra))
    ]
    locked = parse_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    versions = {pin.name: [other.version for other in locked if other.name == pin.name] for pin in locked}

    unmet = [
        str(requirement)
        for requirement in declared
        if not all(requirement.specifier.contains(version) for version in versions.get(requirement.name.lower(), ["0"]))
    ]

    assert unmet == []


def test_setup_runs_before_anything_is_installed() -> None:
    allowed = {*sys.stdlib_module_names, "setup"}
    # Runs in a process of `.venv`, once that is there.
    later = {"conversion.py", "onnx_file.py"}
    wrong = [
        f"{path.name} imports {found.target}"
        for path in (ROOT / "server" / "setup").rglob("*.py")
        if path.name not in later
        for found in imports_of(path)
        if found.target.split(".")[0] not in allowed
    ]

    assert wrong == []


def test_cited_requirements_exist() -> None:
    """A docstring cites rows of the requirements as `(P1)` or `(D2, J3)`."""
    wrong = [
        f"{path.relative_to(ROOT)}: {letter}{number}"
        for path in FILES
        if path.suffix == ".py"
        for docstring in docstrings(path)
        for citation in CITATION.findall(docstring)
        for letter, number in REQUIREMENT.findall(citation)
        if int(number) not in range(1, LAST_REQUIREMENT[letter] + 1)
    ]

    assert wrong == []


def docstrings(path: Path) -> list[str]:
    """Return the docstrings of a module and of everything in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, holders)]
    return [text for text in found if text]
