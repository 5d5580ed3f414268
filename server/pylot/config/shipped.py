"""The defaults that travel with Pylot."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path:
    """Return the folder of shipped configuration: inside an installed package, or `config/` of a checkout."""
    packaged = _PACKAGE / "shipped_config"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "config"
