"""The sandboxes that this machine can make, and a workspace to try them in."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pylot.execution.environment import command_environment
from pylot.execution.inside import landlock
from pylot.execution.launching import NO_SANDBOX, Sandbox, Steps
from pylot.execution.processes import CommandResult, run_command
from pylot.execution.sandbox.profile import Profile
from tests.support.bubblewrap import find_bubblewrap

LEVELS = ("bubblewrap", "landlock")


def sandbox_of(level: str) -> Sandbox:
    """Return a sandbox, or skip the test where this machine cannot make it."""
    if level == "bubblewrap":
        program = find_bubblewrap()
        if program is None:
            pytest.skip("there is no bubblewrap: `make bubblewrap` fetches it")
        return Sandbox("bubblewrap", program)
    if level == "landlock":
        if sys.platform != "linux" or landlock.version() < landlock.LEAST_VERSION:
            pytest.skip("the kernel has no Landlock")
        return Sandbox("landlock")
    return NO_SANDBOX


@dataclass(frozen=True)
class Place:
    """A workspace with a repository in it, and a folder outside."""

    folder: Path
    sandbox: Sandbox = NO_SANDBOX
    network: bool = False

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    @property
    def scratch(self) -> Path:
        return self.folder / "own" / "tasks" / "scratch"

    @property
    def profile(self) -> Profile:
        return Profile((self.workspace,), self.scratch, (self.folder / "own",), self.network)

    async def run(self, *argv: str, timeout_s: float = 30.0) -> CommandResult:
        return await self.run_steps([("", [argv], ())], timeout_s=timeout_s)

    async def shell(self, script: str, timeout_s: float = 30.0) -> CommandResult:
        return await self.run("sh", "-c", script, timeout_s=timeout_s)

    async def run_steps(self, steps: Steps, *, timeout_s: float = 30.0) -> CommandResult:
        environment = command_environment(os.environ, home=Path.home(), scratch=self.scratch, roots=[self.workspace])
        return await run_command(
            steps,
            sandbox=self.sandbox,
            profile=self.profile,
            cwd=self.workspace,
            environment=environment,
            timeout_s=timeout_s,
            artefact=self.folder / "artefacts" / "output.txt",
        )


def make_place(folder: Path, sandbox: Sandbox = NO_SANDBOX) -> Place:
    """Fill a folder with what a test of the sandbox needs."""
    place = Place(folder.resolve(), sandbox)
    for name in ("workspace/.git/hooks", "workspace/sub", "outside", "own/tasks/scratch/home", "own/tasks/scratch/tmp"):
        (place.folder / name).mkdir(parents=True)
    (place.workspace / ".git" / "config").write_text("[core]\n", encoding="utf-8")
    (place.outside / "kept").write_text("kept", encoding="utf-8")
    (place.folder / "own" / "key").write_text("hunter2", encoding="utf-8")
    (place.workspace / "link").symlink_to(place.outside)
    (place.workspace / "settings").mkdir()
    (place.workspace / "settings" / "tasks.xml").write_text("kept", encoding="utf-8")
    (place.workspace / ".idea").symlink_to("settings")
    (place.workspace / "sub" / "up").symlink_to("../../outside/kept")
    return place


def running(mark: str) -> bool:
    """Tell whether a `sleep` with this argument is there; one that was killed goes some moments later."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if b"sleep\0" + mark.encode() in words:
            return True
    return False
