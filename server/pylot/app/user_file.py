"""The user's own `pylot.toml`, changed by a command and readable for its owner afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pylot.config.sources import USER_FILE_NAMES
from pylot.kernel.errors import ConfigError
from pylot.storage.atomic_file import write_text


def change_user_file(folder: Path, change: Callable[[str], str]) -> None:
    """Let `change` turn the text of the user's file into a new one; a missing file counts as empty.

    Raises:
        ConfigError: the file is YAML, cannot be read or cannot be written.
    """
    path = folder / USER_FILE_NAMES[0]
    other = next((folder / name for name in USER_FILE_NAMES[1:] if (folder / name).exists()), None)
    if other is not None and not path.exists():
        raise ConfigError(f"Your settings are in {other.name}, which Pylot does not change: write it there yourself.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = change(text)
        if changed != text:
            # Where the file is a link into a folder of settings, the link stays.
            write_text(path.resolve(), changed)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no UTF-8 text.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be changed: {error.strerror}.") from error
