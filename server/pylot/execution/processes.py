"""Run a command to its end, its limit or its cancellation, and leave nothing of it running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pylot.execution.inside import seccomp
from pylot.execution.launching import Sandbox, Steps
from pylot.execution.output import Capture
from pylot.execution.sandbox.profile import Level, Profile, guarded
from pylot.kernel.errors import ExecutionError

_CHUNK = 1 << 16
_GRACE_SECONDS = 3.0
# A process that has left its group may keep the pipe open after everything else has ended.
_DRAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of a command; `exit_code` is None when it was ended at its limit.

    `saw_shown` tells whether it saw the files that the profile shows instead of others.
    """

    exit_code: int | None
    output: str
    truncated: bool
    artefact: Path | None
    level: Level
    saw_shown: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself and well."""
        return self.exit_code == 0


async def run_command(
    steps: Steps,
    *,
    sandbox: Sandbox,
    profile: Profile,
    cwd: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    artefact: Path | None = None,
) -> CommandResult:
    """Run pipelines of programs, standard output and error in one stream, and return what became of them.

    At the limit, and when the caller is cancelled, everything that the command has started is killed.

    Raises ExecutionError where the sandbox cannot be made; then nothing has run.
    """
    if sys.platform == "win32":
        raise ExecutionError("Commands cannot be run on Windows yet.")
    capture = Capture(artefact)
    with (
        _report_pipe() as (reading, writing),
        _filter_for(sandbox, profile) as filter_descriptor,
        guarded(profile) if sandbox.level != "none" else contextlib.nullcontext(),
    ):
        process = await asyncio.create_subprocess_exec(
            *sandbox.argv(profile, cwd, filter_descriptor),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(environment),
            start_new_session=True,
            pass_fds=[it for it in (writing, filter_descriptor) if it is not None],
        )
        try:
            async with asyncio.timeout(timeout_s):
                await _talk(process, sandbox.order(profile, cwd, steps, writing), capture)
            timed_out = False
        except TimeoutError:
            timed_out = True
        finally:
            await asyncio.shield(_end(process))
            capture.finish()
        told = _read_report(reading)
        exit_code = None if timed_out else _exit_code(told, capture)
    return CommandResult(
        exit_code, capture.text, capture.truncated, capture.artefact, sandbox.level, told.get("ready") == "1"
    )


async def _talk(process: asyncio.subprocess.Process, order: bytes, capture: Capture) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(order)
        await process.stdin.drain()
    process.stdin.close()
    reader = asyncio.create_task(_read_all(process.stdout, capture))
    waiter = asyncio.create_task(process.wait())
    try:
        await asyncio.wait((reader, waiter), return_when=asyncio.FIRST_COMPLETED)
        if reader.done():
            # One that has failed must not leave the command waiting for room in the pipe.
            reader.result()
        await waiter
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader, _DRAIN_SECONDS)
    finally:
        reader.cancel()
        waiter.cancel()


async def _read_all(stream: asyncio.StreamReader, capture: Capture) -> None:
    while data := await stream.read(_CHUNK):
        capture.add(data)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the whole group: the launcher kills what left it, bubblewrap takes its namespace along."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _report_pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@contextlib.contextmanager
def _filter_for(sandbox: Sandbox, profile: Profile) -> Iterator[int | None]:
    """Open the filter of system calls that bubblewrap installs; the launcher makes its own under Landlock."""
    code = seccomp.program(seccomp.INTERNET_FAMILIES) if sandbox.level == "bubblewrap" else None
    if code is None:
        yield None
        return
    descriptor = os.memfd_create("filter", 0)
    try:
        os.write(descriptor, code)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _read_report(reading: int) -> dict[str, str]:
    with contextlib.suppress(BlockingIOError):
        lines = os.read(reading, _CHUNK).decode(errors="replace").splitlines()
        return {name: rest for name, _, rest in (line.partition(" ") for line in lines)}
    return {}


def _exit_code(report: dict[str, str], capture: Capture) -> int:
    if "ready" not in report:
        story = (report.get("failed") or capture.text)[-500:]
        raise ExecutionError("The sandbox could not be made, so nothing was run.", detail=story)
    # A launcher that was killed has nothing to tell of the command's end.
    return int(report.get("code", 128 + signal.SIGKILL))
