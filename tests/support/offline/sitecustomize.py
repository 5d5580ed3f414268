"""Guard every Python process whose PYTHONPATH names this folder; attempts go to the file in PYLOT_TEST_OFFLINE_LOG."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

# By its bare name: the child's path leads to this folder alone.
loopback_guard = importlib.import_module("loopback_guard")


def _record(target: str) -> None:
    log = os.environ.get("PYLOT_TEST_OFFLINE_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as out:
            out.write(f"{os.getpid()} {target}\n")


loopback_guard.install(_record)
