"""Tests of Python, run by pytest or unittest from a folder outside of the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pylot.actions.by_model.trying import TriedTests
from pylot.app.trials import Trial, WrittenTests, tried_tests
from pylot.tools.suite_command import find_test_command

_PYTEST = ("-rA", "-q", "--no-header", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir")
_OF_PYTEST = re.compile(r"^(PASSED|FAILED|ERROR) \S*?::(?:\w+::)*(\w+)", re.MULTILINE)
_OF_UNITTEST = re.compile(r"^(\w+) \([\w.]+\)(?:\n[^\n]*)?? \.\.\. (ok|FAIL|ERROR)$", re.MULTILINE)
_IMPORTED = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


def python_trial(tests: WrittenTests) -> Trial | None:
    """Return how tests of Python are run; None in a project that has none."""
    name = tests.path.name
    command = find_test_command(tests.root, (name,))
    if command is None or command[1] != "-m":
        return None
    (tests.scratch / name).write_text(tests.text, encoding="utf-8")
    folders = os.pathsep.join(map(str, _import_folders(tests.root, tests.text)))
    return Trial(
        _argv(tests.root, command, tests.scratch, name),
        tests.scratch,
        read_python_results,
        {"PYTHONPATH": folders, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def read_python_results(output: str) -> TriedTests | None:
    """Return the tests that pytest or unittest tells of; None where it tells of none."""
    found = [(name, mark == "PASSED") for mark, name in _OF_PYTEST.findall(output)]
    return tried_tests(found + [(name, mark == "ok") for name, mark in _OF_UNITTEST.findall(output)])


def _argv(root: Path, command: tuple[str, ...], folder: Path, name: str) -> tuple[str, ...]:
    # The workspace's own Python is named from its top.
    python = str(root / command[0]) if "/" in command[0] else command[0]
    if command[2] == "pytest":
        return (python, "-m", "pytest", *_PYTEST, str(folder), name)
    return (python, "-m", "unittest", "-v", name)


def _import_folders(root: Path, text: str) -> Iterator[Path]:
    """Yield the folders that the packages of a project are imported from: its top, and those in it that are needed."""
    yield root
    wanted = set(_IMPORTED.findall(text))
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            there = (folder / name for name in wanted)
            if any((each / "__init__.py").is_file() or each.with_suffix(".py").is_file() for each in there):
                yield folder
