"""Where the log goes: a private file per process, and warnings on stderr; never stdout, never user code."""

from __future__ import annotations

import contextlib
import io
import logging
import logging.handlers
import os
import re
import sys
import time
from pathlib import Path

from pylot.storage.atomic_file import PRIVATE_MODE

_MAX_BYTES = 2 << 20
_N_ROTATED = 3
_N_PROCESSES = 5
_MAX_AGE = 14 * 86_400.0


def start_logging(directory: Path, name: str, level: str) -> None:
    """Send records of at least `level` to `directory/name-<pid>.log`, and delete what older processes have left there.

    A full or read-only disk costs only the file.
    """
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [stderr]
    with contextlib.suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        delete_old_logs(directory, name, now=time.time())
        handlers.append(
            _PrivateFileHandler(
                directory / f"{name}-{os.getpid()}.log",
                maxBytes=_MAX_BYTES,
                backupCount=_N_ROTATED,
                encoding="utf-8",
                delay=True,
            )
        )
    logging.raiseExceptions = False
    logging.basicConfig(
        level=level.upper(), handlers=handlers, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )


def delete_old_logs(directory: Path, name: str, *, now: float) -> None:
    """Keep the logs of the last five processes and of those that still run, and none of before 14 days."""
    pattern = re.compile(rf"{re.escape(name)}-(\d+)\.log(\.\d+)?")
    files: dict[int, list[Path]] = {}
    for path in directory.iterdir():
        if match := pattern.fullmatch(path.name):
            files.setdefault(int(match[1]), []).append(path)
    ages = {process: now - max(map(_changed, paths)) for process, paths in files.items()}
    for rank, process in enumerate(sorted(ages, key=lambda each: ages[each])):
        if (rank >= _N_PROCESSES or ages[process] > _MAX_AGE) and not _runs(process):
            for path in files[process]:
                with contextlib.suppress(OSError):
                    path.unlink()


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """Write files that only the user may read."""

    def _open(self) -> io.TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_MODE)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        # Another window that starts just now has deleted it.
        return 0.0


if sys.platform == "win32":

    def _runs(process: int) -> bool:
        # Windows itself refuses to delete a file that a process has open.
        return False

else:

    def _runs(process: int) -> bool:
        try:
            os.kill(process, 0)
        except PermissionError:
            return True
        except (OSError, OverflowError):
            return False
        return True
