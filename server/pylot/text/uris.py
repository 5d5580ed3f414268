"""Document URIs and the files they name."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit


def path_of(uri: str) -> str:
    """Return the decoded path of a `file:` URI, or an empty string for any other URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    if parts.scheme.lower() != "file":
        return ""
    path = unquote(parts.path, errors="surrogateescape")
    if "\0" in path:
        return ""
    return _windows_path(parts.netloc, path) if os.name == "nt" else path


def _windows_path(host: str, path: str) -> str:
    has_drive = len(path) > 2 and path[0] == "/" and path[2] == ":"
    path = path[1:] if has_drive else path
    return (f"//{host}{path}" if host else path).replace("/", "\\")
