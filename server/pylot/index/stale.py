"""Indexes of workspaces that are gone."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from pylot.storage.lock import hold_lock

_log = logging.getLogger(__name__)
_ROOT_FILE, LOCK_FILE = "root", "writer.lock"
# A workspace on a drive that is not there for a while keeps its index.
_KEPT_SECONDS = 7 * 24 * 3600.0


def note_root(folder: Path, root: Path) -> None:
    """Write down whose index lies in a folder."""
    (folder / _ROOT_FILE).write_bytes(os.fsencode(root))


def remove_stale_indexes(indexes: Path, now: float) -> None:
    """Remove the indexes in a folder whose workspaces have gone and which nobody has written for a week.

    `now` are seconds since the epoch. What cannot be removed stays.
    """
    for folder in sorted(indexes.iterdir()):
        try:
            root = Path(os.fsdecode((folder / _ROOT_FILE).read_bytes()))
            if root.exists() or now - (folder / "index.db").stat().st_mtime < _KEPT_SECONDS:
                continue
            with hold_lock(folder / LOCK_FILE, 0):
                shutil.rmtree(folder)
            _log.info("removed the index of a workspace that is gone")
        except (OSError, TimeoutError):
            continue
