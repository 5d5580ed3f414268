"""Bubblewrap: namespaces in which everything is read-only but the workspace (bwrap(1))."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from pylot.execution.sandbox.profile import Profile

# Programs, and the files by which names are looked up, on systems that keep them where sockets are kept.
_NEEDED_OF_RUN = ("/run/current-system", "/run/systemd/resolve", "/run/NetworkManager")


def find_bubblewrap() -> Path | None:
    """Return the program, unless it is missing, or setuid and so no sandbox for a stranger's command."""
    found = shutil.which("bwrap")
    if sys.platform != "linux" or found is None:
        return None
    mode = Path(found).stat().st_mode
    return None if mode & stat.S_ISUID else Path(found)


def bubblewrap_argv(program: Path, profile: Profile, filter_descriptor: int | None, cwd: Path) -> list[str]:
    """Return the arguments in front of a command; later ones cover earlier ones.

    `filter_descriptor` is open on a filter of system calls.
    """
    argv = [str(program), "--unshare-all", "--new-session", "--die-with-parent", "--cap-drop", "ALL"]
    argv += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run", "--tmpfs", "/tmp"]
    if profile.network:
        argv.append("--share-net")
    for path in _NEEDED_OF_RUN:
        argv += ["--ro-bind-try", path, path]
    for path in _own_programs():
        argv += ["--ro-bind", path, path]
    argv += _binds("--bind", profile.roots)
    argv += _binds("--ro-bind", profile.read_only)
    for hidden in profile.hidden:
        argv += ["--tmpfs", str(hidden)] if hidden.is_dir() else ["--ro-bind", "/dev/null", str(hidden)]
    argv += _binds("--bind", [profile.scratch])
    argv += [word for hidden in profile.hidden if hidden.is_dir() for word in ("--remount-ro", str(hidden))]
    for seen, instead in profile.shown:
        argv += ["--ro-bind", str(instead), str(seen)]
    if filter_descriptor is not None:
        argv += ["--seccomp", str(filter_descriptor)]
    return [*argv, "--chdir", str(cwd), "--"]


def _binds(option: str, paths: Sequence[Path]) -> list[str]:
    return [word for path in paths for word in (option, str(path), str(path))]


def _own_programs() -> list[str]:
    """Return where Python and Pylot lie, if the empty `/tmp` and `/run` would cover them."""
    own = {sys.prefix, sys.base_prefix, str(Path(__file__).parents[3])}
    return sorted(path for path in own if Path(path).is_relative_to("/tmp") or Path(path).is_relative_to("/run"))
