"""The folder that an argument of a command names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pylot.lsp.errors import InvalidParamsError
from pylot.text.uris import path_of

_LONGEST = 4096


def named_folder(arguments: tuple[object, ...]) -> Path | None:
    """Return the folder that the first argument names, as a URI or a path, alone or as `folder`."""
    first = arguments[0] if arguments else None
    named = first.get("folder") if isinstance(first, Mapping) else first
    if named is None:
        return None
    if not isinstance(named, str) or not 0 < len(named) <= _LONGEST:
        raise InvalidParamsError("`folder` must be the URI or the path of a folder.")
    path = Path(path_of(named) or named)
    if not path.is_absolute():
        raise InvalidParamsError("`folder` must be the URI or the absolute path of a folder.")
    return path
