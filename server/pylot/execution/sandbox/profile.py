"""What one command may touch."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["bubblewrap", "landlock", "none"]

# Tools act on what lies here without being told to: hooks, tasks of editors, settings.
_PROTECTED_FOLDERS = (".git", ".vscode", ".idea", ".pylot")
_PROTECTED_IF_THERE = (".mcp.json", ".envrc", ".npmrc", ".github/workflows", ".devcontainer")

# Tells a placeholder from an empty folder of the user's own.
_PLACEHOLDER_MODE = 0o500

_SECRETS_OF_HOME = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".config/gcloud", ".config/gh", ".config/op", ".netrc",
    ".pgpass", ".git-credentials", ".config/git/credentials", ".npmrc", ".pypirc", ".password-store", ".mozilla",
    ".config/chromium", ".config/google-chrome", ".local/share/keyrings", ".bash_history", ".zsh_history",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """The folders that a command may write to, what stays read-only in them, what it sees empty, and the network.

    `scratch` is a private folder with `home` and `tmp` in it; all paths are absolute and without links.
    """

    roots: tuple[Path, ...]
    scratch: Path
    hidden: tuple[Path, ...] = ()
    network: bool = False

    @property
    def protected(self) -> tuple[Path, ...]:
        """What stays read-only in the roots, whether it is there or not."""
        return tuple(root / name for root in self.roots for name in _PROTECTED_FOLDERS) + tuple(
            root / name for root in self.roots for name in _PROTECTED_IF_THERE if (root / name).exists()
        )


def hidden_paths(home: Path, own: Iterable[Path], roots: Iterable[Path]) -> tuple[Path, ...]:
    """Return what a command sees empty: keys and tokens in `home`, and `own`, unless a root lies there."""
    wanted = [*(home / name for name in _SECRETS_OF_HOME), *own]
    known = tuple(roots)
    found = [path.resolve() for path in wanted if path.exists()]
    return tuple(path for path in found if not any(root.is_relative_to(path) for root in known))


@contextlib.contextmanager
def placeholders(profile: Profile) -> Iterator[None]:
    """Hold an empty folder in the place of each protected one that is missing, so that no command can make it.

    Several processes may do so at once; the last one removes it.
    """
    if sys.platform == "win32":
        yield
        return
    held = [found for path in profile.protected if (found := _hold(path)) is not None]
    try:
        yield
    finally:
        for path, descriptor in held:
            _release(path, descriptor)


def _hold(path: Path) -> tuple[Path, int] | None:
    """Make a placeholder, or share one that another process has made; None for what is really there."""
    import fcntl

    with contextlib.suppress(OSError):
        path.mkdir(mode=_PLACEHOLDER_MODE)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != _PLACEHOLDER_MODE:
        os.close(descriptor)
        return None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return path, descriptor


def _release(path: Path, descriptor: int) -> None:
    import fcntl

    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.rmdir()
    finally:
        os.close(descriptor)
