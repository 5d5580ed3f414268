"""The environment of a command: rebuilt from a list of what it may know, never inherited whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_PASSED = ("LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR")
_FIXED = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
# What tools installed and fetched earlier lies in the real home, which commands may read but not write.
_CACHES = {
    "CARGO_HOME": ".cargo",
    "RUSTUP_HOME": ".rustup",
    "GOMODCACHE": "go/pkg/mod",
    "PYTHONUSERBASE": ".local",
    "GRADLE_RO_DEP_CACHE": ".gradle/caches",
    "NVM_DIR": ".nvm",
}


def command_environment(
    outer: Mapping[str, str], *, home: Path, scratch: Path, roots: Iterable[Path], more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a command; `home` is the user's own folder, `scratch` what takes its place.

    Programs are looked for outside the workspace alone, so that a repository cannot put one of its own in front.
    """
    environment = {name: outer[name] for name in _PASSED if name in outer}
    environment |= {name: value for name, value in outer.items() if name.startswith("LC_")}
    environment |= _FIXED | {"HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp")}
    environment |= {name: str(home / place) for name, place in _CACHES.items() if (home / place).is_dir()}
    environment["PATH"] = safe_path(outer.get("PATH", os.defpath), roots)
    return environment | dict(more or {})


def safe_path(path: str, roots: Iterable[Path]) -> str:
    """Return the search path without what is relative or lies in the workspace, links followed."""
    known = tuple(roots)
    kept = [
        entry
        for entry in path.split(os.pathsep)
        if Path(entry).is_absolute() and not any(Path(entry).resolve().is_relative_to(root) for root in known)
    ]
    return os.pathsep.join(kept) or os.defpath
