"""Run tests that a model has written, before they are offered, where they can do no harm (L4)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from pylot.actions.by_model.trying import TriedTests
from pylot.app.go_trial import go_trial
from pylot.app.python_trial import python_trial
from pylot.app.script_trial import script_trial
from pylot.app.trials import Trial, WrittenTests
from pylot.kernel.errors import ExecutionError
from pylot.storage.directories import Directories, make_private_folder
from pylot.workspace.roots import Roots

_TRIALS: Mapping[str, Callable[[WrittenTests], Trial | None]] = MappingProxyType(
    {
        ".py": python_trial,
        ".go": go_trial,
        **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"), script_trial),
    }
)


class SandboxedTests:
    """Implements `RunsTests`: without a network, with nothing to write but a folder that goes at once.

    Where no sandbox holds, or what runs such tests is not installed, nothing is run; `wanted` says whether the user
    wants any.
    """

    def __init__(self, roots: Callable[[], Roots], directories: Directories, wanted: Callable[[], bool]) -> None:
        self._roots, self._directories, self._wanted = roots, directories, wanted

    async def run(self, path: str, text: str) -> TriedTests | None:
        """Return which tests of a file passed, None where they could not be run."""
        root, make = self._roots().containing(Path(path)), _TRIALS.get(Path(path).suffix)
        if root is None or make is None or not self._wanted():
            return None
        try:
            return await self._run(root, Path(path), text, make)
        except (ExecutionError, OSError):
            return None

    async def _run(
        self, root: Path, path: Path, text: str, make: Callable[[WrittenTests], Trial | None]
    ) -> TriedTests | None:
        # Few ask, so nobody else pays for loading what runs them.
        from pylot.app.judge import own_folders
        from pylot.execution.environment import command_environment
        from pylot.execution.processes import run_command
        from pylot.execution.sandbox.detection import find_sandbox
        from pylot.execution.sandbox.profile import Profile, hidden_paths

        sandbox = await find_sandbox(self._directories.cache)
        if sandbox.level == "none":
            return None
        with _scratch(self._directories.cache) as scratch:
            environment = command_environment(os.environ, home=Path.home(), scratch=scratch, roots=(root,))

            def find_program(name: str) -> str | None:
                return shutil.which(name, path=environment["PATH"])

            trial = await asyncio.to_thread(make, WrittenTests(root, path, text, scratch / "tmp", find_program))
            if trial is None:
                return None
            result = await run_command(
                [("", [list(trial.argv)], ())],
                sandbox=sandbox,
                profile=Profile((), scratch, hidden_paths(Path.home(), own_folders(self._directories), (root,))),
                cwd=trial.cwd,
                environment=environment | dict(trial.environment),
                timeout_s=trial.seconds,
            )
            return await asyncio.to_thread(trial.read, result.output)


@contextlib.contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    """Make a folder for one run, and remove it afterwards."""
    folder = make_private_folder(cache / "scratch")
    with tempfile.TemporaryDirectory(prefix="tests-", dir=folder, ignore_cleanup_errors=True) as made:
        scratch = Path(made).resolve()
        (scratch / "home").mkdir()
        (scratch / "tmp").mkdir()
        yield scratch
