"""How a project's tests are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.tools.suite_command import find_test_command

PROJECTS = {
    "pytest by its file": ({"pytest.ini": ""}, (), ("python3", "-m", "pytest", "-q")),
    "pytest by pyproject": ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ("t.py",),
                            ("python3", "-m", "pytest", "-q", "t.py")),
    "its own Python": ({"conftest.py": "", ".venv/bin/python": "#!"}, (), (".venv/bin/python", "-m", "pytest", "-q")),
    "unittest": ({"tests/test_a.py": "import unittest"}, (), ("python3", "-m", "unittest", "discover")),
    "tests that are no methods": ({"test_a.py": "def test_a(): pass"}, (), ("python3", "-m", "pytest", "-q")),
    "npm": ({"package.json": '{"scripts": {"test": "node --test"}}'}, (), ("npm", "test")),
    "pnpm": ({"package.json": '{"scripts": {"test": "x"}}', "pnpm-lock.yaml": ""}, ("a",), ("pnpm", "test", "--", "a")),
    "npm's placeholder": ({"package.json": '{"scripts": {"test": "echo no test specified"}}'}, (), None),
    "a broken package": ({"package.json": "{"}, (), None),
    "an odd package": ({"package.json": "[]"}, (), None),
    "go": ({"go.mod": "module a"}, (), ("go", "test", "./...")),
    "cargo": ({"Cargo.toml": ""}, ("name",), ("cargo", "test", "--offline", "name")),
    "make": ({"Makefile": "all:\n\ntest: all\n"}, (), ("make", "test")),
    "make without tests": ({"Makefile": "test := 1\nall:\n"}, (), None),
    "nothing": ({}, (), None),
}  # fmt: skip


@pytest.mark.parametrize("name", PROJECTS)
def test_the_command_is_found_from_what_lies_at_the_top(tmp_path: Path, name: str) -> None:
    files, targets, command = PROJECTS[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
        (tmp_path / path).chmod(0o755)

    assert find_test_command(tmp_path, targets) == command
