"""Whose workspace files are read at all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pylot.config.layers import Layer
from pylot.config.ownership import speaks_for_user
from pylot.config.toml_edit import set_value
from pylot.kernel.errors import ConfigError

_KEY = ("workspace", "trusted")


def trusted_folders(layers: Sequence[Layer]) -> tuple[Path, ...]:
    """Return the folders that the user's own layers name in `workspace.trusted`."""
    folders: list[Path] = []
    for layer in layers:
        section = layer.values.get("workspace")
        if not speaks_for_user(layer.kind) or not isinstance(section, Mapping):
            continue
        if "trusted" in section:
            folders = [_path(name) for name in _names(section["trusted"])]
    return tuple(folder.resolve() for folder in folders if folder.is_absolute())


def is_trusted(root: Path, folders: Sequence[Path]) -> bool:
    """Tell whether a workspace root is one of the trusted folders or lies below one."""
    resolved = root.resolve()
    return any(resolved.is_relative_to(folder) for folder in folders)


def with_trusted(text: str, folder: Path) -> str:
    """Return the text of the user's file with a folder among those that are trusted.

    Raises:
        ConfigError: the text is no TOML, there is no such folder, or it holds all workspaces of the user's.
    """
    resolved = folder.resolve()
    if not resolved.is_dir():
        raise ConfigError(f"{folder} is no folder.")
    if Path.home().resolve().is_relative_to(resolved):
        raise ConfigError(f"{resolved} holds everything of yours: name the folder of one workspace.")
    names = _names_in(text)
    return set_value(text, _KEY, [*names, str(resolved)])


def without_trusted(text: str, folder: Path) -> str:
    """Return the text of the user's file without a folder among those that are trusted; raises ConfigError."""
    names = _names_in(text)
    kept = [name for name in names if _path(name).resolve() != folder.resolve()]
    return set_value(text, _KEY, kept) if kept != names else text


def _names_in(text: str) -> list[str]:
    try:
        section = tomllib.loads(text).get("workspace", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("pylot.toml is no valid TOML; `pylot config check` says where.") from error
    return _names(section.get("trusted", [])) if isinstance(section, Mapping) else []


def _names(value: object) -> list[str]:
    """Return the folders that a value names: a list, or in the environment a text with commas."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        return []
    return [name.strip() for name in listed if isinstance(name, str) and name.strip()]


def _path(name: str) -> Path:
    return Path(name).expanduser()
