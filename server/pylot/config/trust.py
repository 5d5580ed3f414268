"""Whose workspace files are read at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pylot.config.layers import Layer
from pylot.config.ownership import speaks_for_user


def trusted_folders(layers: Sequence[Layer]) -> tuple[Path, ...]:
    """Return the folders that the user's own layers name in `workspace.trusted`."""
    folders: list[Path] = []
    for layer in layers:
        section = layer.values.get("workspace")
        if not speaks_for_user(layer.kind) or not isinstance(section, Mapping):
            continue
        named = section.get("trusted")
        names = named.split(",") if isinstance(named, str) else named
        if isinstance(names, list):
            folders = [Path(name.strip()).expanduser() for name in names if isinstance(name, str) and name.strip()]
    return tuple(folder.resolve() for folder in folders if folder.is_absolute())


def is_trusted(root: Path, folders: Sequence[Path]) -> bool:
    """Tell whether a workspace root is one of the trusted folders or lies below one."""
    resolved = root.resolve()
    return any(resolved.is_relative_to(folder) for folder in folders)
