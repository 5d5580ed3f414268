"""Reading from disk without leaving the workspace and without touching what is no file (T14)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pylot.workspace.roots import Roots


def is_inside(path: Path, roots: Roots) -> bool:
    """Tell whether a path lies in a root once all its symlinks are followed."""
    try:
        return roots.containing(path.resolve()) is not None
    except (OSError, RuntimeError, ValueError):
        # A loop of symlinks, or a name that no file can have.
        return False


def read_regular(path: Path, max_bytes: int) -> bytes | None:
    """Return at most `max_bytes + 1` bytes of a regular file, or None where there is no such file.

    One byte more than the limit tells the caller that the file is larger.
    FIFOs and devices are neither waited for nor read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(max_bytes + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
