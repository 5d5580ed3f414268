from __future__ import annotations

import os
from pathlib import Path

OFFLINE = Path(__file__).parent / "offline"
SERVER = Path(__file__).parents[2] / "server"


def offline_environment(log: Path) -> dict[str, str]:
    """Return the environment for a child process that must stay on this machine; its attempts to leave go to `log`."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(OFFLINE), str(SERVER)]),
        "PYLOT_TEST_OFFLINE_LOG": str(log),
    }
