"""Run tests that a model has written, before they are offered, where they can do no harm (L4)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pylot.actions.by_model.trying import TriedTests
from pylot.kernel.errors import ExecutionError
from pylot.storage.directories import Directories, make_private_folder
from pylot.workspace.roots import Roots

_SECONDS = 60.0
_PYTEST = ("-rA", "-q", "--no-header", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir")
_OF_PYTEST = re.compile(r"^(PASSED|FAILED|ERROR) \S*?::(?:\w+::)*(\w+)", re.MULTILINE)
_OF_UNITTEST = re.compile(r"^(\w+) \([\w.]+\)(?:\n[^\n]*)?? \.\.\. (ok|FAIL|ERROR)$", re.MULTILINE)
_IMPORTED = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


class SandboxedTests:
    """Implements `RunsTests` for Python: without a network, with nothing to write but a folder that goes at once.

    Where no sandbox holds, nothing is run; `wanted` says whether the user wants any.
    """

    def __init__(self, roots: Callable[[], Roots], directories: Directories, wanted: Callable[[], bool]) -> None:
        self._roots, self._directories, self._wanted = roots, directories, wanted

    async def run(self, path: str, text: str) -> TriedTests | None:
        """Return which tests of a file passed, None where they could not be run."""
        root = self._roots().containing(Path(path))
        if root is None or Path(path).suffix != ".py" or not self._wanted():
            return None
        try:
            output = await self._output(root, Path(path).name, text)
        except (ExecutionError, OSError):
            return None
        return read_results(output)

    async def _output(self, root: Path, name: str, text: str) -> str:
        # Few ask, so nobody else pays for loading what runs them.
        from pylot.app.judge import own_folders
        from pylot.execution.environment import command_environment
        from pylot.execution.processes import run_command
        from pylot.execution.sandbox.detection import find_sandbox
        from pylot.execution.sandbox.profile import Profile, hidden_paths
        from pylot.tools.suite_command import find_test_command

        sandbox = await find_sandbox(self._directories.cache)
        command = await asyncio.to_thread(find_test_command, root, (name,))
        if sandbox.level == "none" or command is None or command[1] != "-m":
            return ""
        with _scratch(self._directories.cache, name, text) as scratch:
            result = await run_command(
                [("", [_argv(root, command, scratch / "tmp", name)], ())],
                sandbox=sandbox,
                profile=Profile((), scratch, hidden_paths(Path.home(), own_folders(self._directories), (root,))),
                cwd=scratch / "tmp",
                environment=command_environment(
                    os.environ,
                    home=Path.home(),
                    scratch=scratch,
                    roots=(root,),
                    more={
                        "PYTHONPATH": os.pathsep.join(map(str, _import_folders(root, text))),
                        "PYTHONDONTWRITEBYTECODE": "1",
                    },
                ),
                timeout_s=_SECONDS,
            )
        return result.output


@contextlib.contextmanager
def _scratch(cache: Path, name: str, text: str) -> Iterator[Path]:
    """Make a folder for one run with the tests in it, and remove it afterwards."""
    folder = make_private_folder(cache / "scratch")
    with tempfile.TemporaryDirectory(prefix="tests-", dir=folder, ignore_cleanup_errors=True) as made:
        scratch = Path(made).resolve()
        (scratch / "home").mkdir()
        (scratch / "tmp").mkdir()
        (scratch / "tmp" / name).write_text(text, encoding="utf-8")
        yield scratch


def read_results(output: str) -> TriedTests | None:
    """Return the tests that pytest or unittest tells of; None where it tells of none."""
    found = {name: mark in ("PASSED", "ok") for mark, name in _OF_PYTEST.findall(output)}
    found |= {name: mark == "ok" for name, mark in _OF_UNITTEST.findall(output)}
    if not found:
        return None
    passed = tuple(name for name, is_good in found.items() if is_good)
    return TriedTests(passed, tuple(name for name in found if name not in passed))


def _argv(root: Path, command: tuple[str, ...], folder: Path, name: str) -> list[str]:
    # The workspace's own Python is named from its top.
    python = str(root / command[0]) if "/" in command[0] else command[0]
    if command[2] == "pytest":
        return [python, "-m", "pytest", *_PYTEST, str(folder), name]
    return [python, "-m", "unittest", "-v", name]


def _import_folders(root: Path, text: str) -> Iterator[Path]:
    """Yield the folders that the packages of a project are imported from: its top, and those in it that are needed."""
    yield root
    wanted = set(_IMPORTED.findall(text))
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            there = (folder / name for name in wanted)
            if any((each / "__init__.py").is_file() or each.with_suffix(".py").is_file() for each in there):
                yield folder
