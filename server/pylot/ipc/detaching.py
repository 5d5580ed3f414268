"""Leave the starting process, so that a window that ends does not take with it what all the others use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def leave_starter(arguments: Sequence[str]) -> bool:
    """Go on in a process of its own; true in the process that has to end now.

    Where there is no fork, a new interpreter gets the command line without `--detach`, and the same stdout.
    """
    if hasattr(os, "fork"):
        if os.fork() > 0:
            return True
        os.setsid()
        return False
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    command = [sys.executable, "-m", "pylot", *(argument for argument in arguments if argument != "--detach")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=1, stderr=2, creationflags=flags)
    # Nobody waits for it; this tells the interpreter so, which would warn otherwise.
    process.returncode = 0
    return True
