"""What one command may touch."""

from __future__ import annotations

import contextlib
import os
import secrets
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

_RUN_BY_GIT = (".git/hooks", ".git/config", ".git/config.worktree", ".git/info", ".git/modules")

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
    `shown` are files with another one that the command sees instead, and cannot change.
    With `git_writable` a repository may be changed, but not what it makes git run.
    """

    roots: tuple[Path, ...]
    scratch: Path
    hidden: tuple[Path, ...] = ()
    network: bool = False
    git_writable: bool = False
    shown: tuple[tuple[Path, Path], ...] = ()
    also_protected: tuple[Path, ...] = ()

    @property
    def protected(self) -> tuple[Path, ...]:
        """What no command may change in the roots, whether it is there or not."""
        folders = _PROTECTED_FOLDERS[1:] if self.git_writable else _PROTECTED_FOLDERS
        others = _PROTECTED_IF_THERE + (_RUN_BY_GIT if self.git_writable else ())
        named = [root / name for root in self.roots for name in folders]
        named += [root / name for root in self.roots for name in others if os.path.lexists(root / name)]
        return (*named, *self.also_protected)

    @property
    def read_only(self) -> tuple[Path, ...]:
        """The protected paths that are there, without links."""
        return tuple(dict.fromkeys(path.resolve() for path in self.protected if path.exists()))


def settings_of(home: Path) -> tuple[Path, ...]:
    """Return what programs are set up by in a home: everything in it whose name begins with a dot."""
    try:
        return tuple(path for path in home.iterdir() if path.name.startswith("."))
    except OSError:
        return ()


def hidden_paths(home: Path, own: Iterable[Path], roots: Iterable[Path]) -> tuple[Path, ...]:
    """Return what a command sees empty: keys and tokens in `home`, and `own`, unless a root or Python lies there."""
    wanted = [*(home / name for name in _SECRETS_OF_HOME), *own]
    known = (*roots, Path(sys.prefix), Path(sys.base_prefix), Path(__file__))
    found = [path.resolve() for path in wanted if path.exists()]
    return tuple(path for path in found if not any(root.is_relative_to(path) for root in known))


@contextlib.contextmanager
def guarded(profile: Profile) -> Iterator[None]:
    """Keep a command from making a protected folder that is missing, and put back a protected link that it replaces.

    An empty folder stands in the place of each missing one meanwhile; several processes may do so at once, and the
    last one removes it. Nothing can be mounted over a link, so that it is looked at again afterwards.
    """
    if sys.platform == "win32":
        yield
        return
    links = {path: path.readlink() for path in profile.protected if path.is_symlink()}
    held = [found for path in profile.protected if path not in links and (found := _hold(path)) is not None]
    try:
        yield
    finally:
        for path, descriptor in held:
            _release(path, descriptor)
        for path, target in links.items():
            _put_back(path, target, profile.scratch)


def _put_back(path: Path, target: Path, scratch: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_symlink() and path.readlink() == target:
            return
    with contextlib.suppress(OSError):
        if os.path.lexists(path):
            # What was put there instead is kept for whoever wants to look at it, out of the way.
            path.rename(scratch / f"replaced-{secrets.token_hex(4)}")
        path.symlink_to(target)


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
