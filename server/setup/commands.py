"""Run a tool with its output in a log file, and show the end of it only when the tool fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from setup.failure import SetupError


def run_logged(
    command: Sequence[str],
    *,
    log: Path,
    what: str,
    environment: Mapping[str, str],
    on_line: Callable[[str], None] = lambda line: None,
) -> None:
    """Run `command` to its end and pass each line of its output on; raise with the last 20 lines when it fails."""
    tail: deque[str] = deque(maxlen=20)
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                out.write(line)
                tail.append(line.rstrip()[:300])
                on_line(line)
        except BaseException:
            _end(process)
            raise
        code = process.wait()
    if code != 0:
        raise SetupError(
            f"{what} failed (exit code {code}; the whole story is in {log}): mend what the lines above name "
            "and run `make setup` again.",
            log_tail=tail,
        )


def _end(process: subprocess.Popen[str]) -> None:
    """End a tool together with whatever it has started, a compiler for example."""
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGTERM)
