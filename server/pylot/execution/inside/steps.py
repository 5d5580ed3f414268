"""Run pipelines of programs without a shell: pipes are wired here, so nothing is parsed a second time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

_OUTPUT, _ERRORS = 1, 2
NOT_FOUND, NOT_EXECUTABLE, SIGNALLED = 127, 126, 128


def run_steps(steps: Sequence[tuple[str, Sequence[Sequence[str]], Sequence[Sequence[str]]]]) -> int:
    """Run `(operator, pipeline, redirections)` in order and return the last exit status, as a shell would.

    The operator (`&&`, `||`, `;` or empty) says when a pipeline runs after the one before it; a pipeline is a list
    of argument lists, and its status is that of its last program. The redirections, `2>&1` and the like, are those of
    each program, or there are none.
    """
    status = 0
    for operator, pipeline, redirections in steps:
        if (operator == "&&" and status != 0) or (operator == "||" and status == 0):
            continue
        status = _run_pipeline(pipeline, redirections or [()] * len(pipeline))
    return status


def _run_pipeline(pipeline: Sequence[Sequence[str]], redirections: Sequence[Sequence[str]]) -> int:
    running: list[subprocess.Popen[bytes] | int] = []
    before: IO[bytes] | int = subprocess.DEVNULL
    for position, argv in enumerate(pipeline):
        is_last = position == len(pipeline) - 1
        process = _start(argv, before, *_ends(redirections[position], is_last))
        if not isinstance(before, int):
            before.close()
        running.append(process)
        ahead = None if isinstance(process, int) else process.stdout or process.stderr
        before = subprocess.DEVNULL if ahead is None else ahead
    statuses = [it if isinstance(it, int) else it.wait() for it in running]
    return statuses[-1] if statuses[-1] >= 0 else SIGNALLED - statuses[-1]


def _ends(redirections: Sequence[str], is_last: bool) -> tuple[int, int]:
    """Return where a program's output and errors go, in the words of `subprocess`."""
    ahead = _OUTPUT if is_last else subprocess.PIPE
    output, errors = ahead, _ERRORS
    for redirection in redirections:
        match redirection:
            case "2>&1":
                errors = output
            case "1>&2":
                output = errors
            case "1>/dev/null":
                output = subprocess.DEVNULL
            case "2>/dev/null":
                errors = subprocess.DEVNULL
    both_ahead = output == errors == subprocess.PIPE
    return output, subprocess.STDOUT if both_ahead else errors


def _start(argv: Sequence[str], stdin: IO[bytes] | int, stdout: int, stderr: int) -> subprocess.Popen[bytes] | int:
    """Start one program, or return the status of one that cannot be started, which is said on standard error."""
    try:
        return subprocess.Popen(list(argv), stdin=stdin, stdout=stdout, stderr=stderr)
    except OSError as error:
        if stderr != subprocess.DEVNULL:
            os.write(_ERRORS, f"{argv[0]}: {error.strerror}\n".encode(errors="replace"))
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
