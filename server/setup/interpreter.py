"""Find a Python that is new enough.

This module is the only one that an old Python reads, so it keeps to what Python 3.6 understands.
"""

import os
import shutil
import subprocess
import sys
from typing import Callable, List, Optional, Tuple

OLDEST = (3, 11)
NAMES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"]

MISSING = (
    "Pylot needs Python 3.11 or newer, and this one is {version}: install it (Debian/Ubuntu: apt install python3.11 "
    "python3.11-venv; Fedora: dnf install python3.11; macOS: brew install python@3.12), then run `make setup` again."
)


def version_of(path: str) -> Optional[Tuple[int, int]]:
    """Return the major and minor version of an interpreter, or nothing when it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.check_output([path, "-c", code], stderr=subprocess.DEVNULL, timeout=20)
        major, minor = answer.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def find_newer(
    names: List[str],
    which: Callable[[str], Optional[str]] = shutil.which,
    version: Callable[[str], Optional[Tuple[int, int]]] = version_of,
) -> Optional[str]:
    """Return the first interpreter among `names` that Pylot can run on."""
    for name in names:
        path = which(name)
        if path is None:
            continue
        found = version(path)
        if found is not None and found >= OLDEST:
            return path
    return None


def go_on_with_a_new_enough_python(arguments: List[str]) -> Optional[str]:
    """Return nothing on a Python that will do; else start again on one that is, or return what is missing."""
    if sys.version_info[:2] >= OLDEST:
        return None
    newer = find_newer(NAMES)
    if newer is not None:
        os.execv(newer, [newer, "-m", "setup", *arguments])
    return MISSING.format(version=".".join(str(part) for part in sys.version_info[:3]))
