"""Where the journal lies, for those who only want to know whether there is one."""

from __future__ import annotations

from pathlib import Path

FILE_NAME = "agent.db"


def has_journal(folder: Path) -> bool:
    """Tell whether an agent has ever been asked for anything, by the data folder."""
    return (folder / FILE_NAME).exists()
