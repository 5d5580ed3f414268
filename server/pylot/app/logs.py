"""Where the log goes: a rotated file in the log directory, and warnings on stderr; never stdout, never user code."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

_MAX_BYTES = 2 << 20
_N_KEPT = 3


def start_logging(directory: Path, name: str, level: str) -> None:
    """Send log records of at least `level` to `directory/name.log`; a full or read-only disk costs only the file."""
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [stderr]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                directory / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_N_KEPT, encoding="utf-8", delay=True
            )
        )
    except OSError:
        pass
    logging.raiseExceptions = False
    logging.basicConfig(
        level=level.upper(), handlers=handlers, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
