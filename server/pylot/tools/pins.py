"""What tools of others were when they were first seen, kept between sessions."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from pylot.storage import atomic_file


class Pins:
    """Hashes by name, in one file that only the user may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def matches(self, name: str, digest: str) -> bool:
        """Tell whether a thing is what it was when it was first seen, which may be now."""
        known = self._read()
        if name not in known:
            self._write({**known, name: digest})
            return True
        return known[name] == digest

    def forget(self, name: str) -> None:
        """Take a thing as it will be next as what it should be."""
        known = self._read()
        if known.pop(name, None) is not None:
            self._write(known)

    def _read(self) -> dict[str, str]:
        with contextlib.suppress(OSError, ValueError):
            value = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(value, dict):
                return {str(name): str(digest) for name, digest in value.items()}
        return {}

    def _write(self, known: dict[str, str]) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic_file.write_text(self._path, json.dumps(known, indent=1, sort_keys=True))
