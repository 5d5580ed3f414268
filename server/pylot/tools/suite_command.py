"""How the tests of a project are run, found from what lies at its top."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pylot.workspace.path_guard import read_regular

_LARGEST_FILE = 1 << 20
_MOST_READ = 20
_BARE_TEST = re.compile(r"^(?:async )?def test_", re.MULTILINE)
_MAKE_TARGET = re.compile(r"^test\s*:(?!=)", re.MULTILINE)
_PLACEHOLDER = "no test specified"
_NODE_RUNNERS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))


def find_test_command(root: Path, targets: Sequence[str] = ()) -> tuple[str, ...] | None:
    """Return the command that runs a project's tests, or only `targets` of them; None where there seem to be none."""
    for find in _FINDERS:
        if command := find(root, targets):
            return command
    return None


def _pytest(root: Path, targets: Sequence[str]) -> tuple[str, ...] | None:
    signs = ("pytest.ini", "conftest.py", "tests/conftest.py", "tox.ini")
    says_so = any((root / name).is_file() for name in signs)
    says_so = (
        says_so or "[tool.pytest" in _text(root / "pyproject.toml") or "[tool:pytest]" in _text(root / "setup.cfg")
    )
    python = _python(root)
    tests = _python_tests(root)
    # What is no method of a class is found by pytest alone.
    has_bare = any(_BARE_TEST.search(_text(path)) for path in tests[:_MOST_READ])
    if says_so or has_bare or (tests and _has_package(root, "pytest")):
        return (python, "-m", "pytest", "-q", *targets)
    return (python, "-m", "unittest", *(targets or ("discover",))) if tests else None


def _node(root: Path, targets: Sequence[str]) -> tuple[str, ...] | None:
    try:
        scripts = json.loads(_text(root / "package.json") or "{}").get("scripts", {})
    except (ValueError, AttributeError):
        return None
    script = scripts.get("test") if isinstance(scripts, dict) else None
    if not isinstance(script, str) or _PLACEHOLDER in script:
        return None
    runner = next((name for lock, name in _NODE_RUNNERS if (root / lock).is_file()), "npm")
    words = ("run", "test") if runner == "bun" else ("test",)
    return (runner, *words, *(("--", *targets) if targets else ()))


def _go(root: Path, targets: Sequence[str]) -> tuple[str, ...] | None:
    return ("go", "test", *(targets or ("./...",))) if (root / "go.mod").is_file() else None


def _cargo(root: Path, targets: Sequence[str]) -> tuple[str, ...] | None:
    # Nothing can be fetched in the sandbox, and cargo would wait for the network.
    return ("cargo", "test", "--offline", *targets) if (root / "Cargo.toml").is_file() else None


def _make(root: Path, targets: Sequence[str]) -> tuple[str, ...] | None:
    if targets:
        return None
    texts = (_text(root / name) for name in ("GNUmakefile", "makefile", "Makefile"))
    return ("make", "test") if any(_MAKE_TARGET.search(text) for text in texts) else None


_FINDERS: tuple[Callable[[Path, Sequence[str]], tuple[str, ...] | None], ...] = (_pytest, _node, _go, _cargo, _make)


def _python(root: Path) -> str:
    """Return the workspace's own Python where it has one: its tests need its packages."""
    for name in (".venv", "venv"):
        for place in ("bin/python", "Scripts/python.exe"):
            if os.access(root / name / place, os.X_OK):
                return f"{name}/{place}"
    return "python3"


def _python_tests(root: Path) -> list[Path]:
    return [path for folder in (root, root / "tests", root / "test") for path in sorted(folder.glob("test_*.py"))]


def _has_package(root: Path, package: str) -> bool:
    environments = (root / name for name in (".venv", "venv"))
    return any(any(env.glob(f"lib/python3*/site-packages/{package}/__init__.py")) for env in environments)


def _text(path: Path) -> str:
    return (read_regular(path, _LARGEST_FILE) or b"").decode("utf-8", "replace")
