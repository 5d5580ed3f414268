"""Run pipelines of programs without a shell: pipes are wired here, so nothing is parsed a second time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

NOT_FOUND, NOT_EXECUTABLE, SIGNALLED = 127, 126, 128


def run_steps(steps: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> int:
    """Run `(operator, pipeline)` pairs in order and return the last exit status, as a shell would.

    The operator (`&&`, `||`, `;` or empty) says when a pipeline runs after the one before it; a pipeline is a list
    of argument lists, and its status is that of its last program.
    """
    status = 0
    for operator, pipeline in steps:
        if (operator == "&&" and status != 0) or (operator == "||" and status == 0):
            continue
        status = _run_pipeline(pipeline)
    return status


def _run_pipeline(pipeline: Sequence[Sequence[str]]) -> int:
    running: list[subprocess.Popen[bytes] | int] = []
    before: IO[bytes] | int = subprocess.DEVNULL
    for position, argv in enumerate(pipeline):
        is_last = position == len(pipeline) - 1
        process = _start(argv, before, None if is_last else subprocess.PIPE)
        if not isinstance(before, int):
            before.close()
        running.append(process)
        before = subprocess.DEVNULL if isinstance(process, int) or process.stdout is None else process.stdout
    statuses = [it if isinstance(it, int) else it.wait() for it in running]
    return statuses[-1] if statuses[-1] >= 0 else SIGNALLED - statuses[-1]


def _start(argv: Sequence[str], stdin: IO[bytes] | int, stdout: int | None) -> subprocess.Popen[bytes] | int:
    """Start one program, or return the status of one that cannot be started, which is said on standard error."""
    try:
        return subprocess.Popen(list(argv), stdin=stdin, stdout=stdout)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode(errors="replace"))
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
