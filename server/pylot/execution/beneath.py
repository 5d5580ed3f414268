"""Opening files so that nothing can lead elsewhere between the look and the touch (reference T6)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from pylot.kernel.errors import ExecutionError
from pylot.workspace.roots import Roots

_OPENAT2 = 437
_NO_MAGIC_LINKS, _NO_LINKS, _BENEATH = 0x02, 0x04, 0x08
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_BLOCK = getattr(os, "O_NONBLOCK", 0)
_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Target:
    """A path without links; `base` is the root that it lies in, or the file system's where it lies in none."""

    path: Path
    base: Path
    is_inside: bool

    def shown(self) -> str:
        """Return the path as the user knows it: below its root, or whole."""
        return self.path.relative_to(self.base).as_posix() if self.is_inside else str(self.path)


def find_target(path: str, roots: Roots, first: Path) -> Target:
    """Return where a path leads now; relative ones count from the folder `first`.

    Raises ExecutionError for what no file can be called.
    """
    try:
        resolved = (first / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ExecutionError("This is no path that a file can have.") from error
    root = roots.containing(resolved)
    return Target(resolved, root or Path(resolved.anchor), root is not None)


def open_target(target: Target, flags: int, mode: int = 0o600) -> int:
    """Return a descriptor of a target; a link on the way, even a new one, is an error.

    Raises OSError.
    """
    return _open(target.base, target.path.relative_to(target.base), flags, mode)


def open_parent(target: Target, *, make: bool = False) -> int:
    """Return a descriptor of the folder that a target lies in; `make` lets missing folders be made.

    Raises OSError.
    """
    relative = target.path.relative_to(target.base).parent
    flags = os.O_RDONLY | _DIRECTORY
    try:
        return _open(target.base, relative, flags, 0)
    except FileNotFoundError:
        if not make:
            raise
    above = open_parent(Target(target.path.parent, target.base, target.is_inside), make=True)
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(target.path.parent.name, 0o755, dir_fd=above)
    finally:
        os.close(above)
    return _open(target.base, relative, flags, 0)


def read_target(target: Target, max_bytes: int) -> bytes:
    """Return the bytes of a regular file, at most one more than `max_bytes`.

    Raises OSError; a folder, a FIFO and a device are no regular files.
    """
    descriptor = open_target(target, os.O_RDONLY | _NO_BLOCK | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(max_bytes + 1)
    finally:
        os.close(descriptor)


def _open(base: Path, relative: Path, flags: int, mode: int) -> int:
    flags |= _CLOSE_ON_EXEC
    if sys.platform == "win32":
        # There are no descriptors of folders, and making a link takes rights that few have.
        return os.open(base / relative, flags | os.O_BINARY, mode)
    top = os.open(base, os.O_RDONLY | _DIRECTORY | _CLOSE_ON_EXEC)
    try:
        if sys.platform == "linux":
            try:
                return _openat2(top, str(relative), flags, mode)
            except OSError as error:
                # Old kernels lack the call, and some containers forbid it.
                if error.errno not in (errno.ENOSYS, errno.EPERM):
                    raise
        return _open_by_parts(top, relative.parts, flags, mode)
    finally:
        os.close(top)


def _openat2(base: int, relative: str, flags: int, mode: int) -> int:
    import ctypes

    from pylot.execution.inside.system_calls import system_call

    how = struct.pack("<QQQ", flags, mode if flags & os.O_CREAT else 0, _BENEATH | _NO_LINKS | _NO_MAGIC_LINKS)
    return system_call(_OPENAT2, base, ctypes.c_char_p(os.fsencode(relative)), ctypes.c_char_p(how), len(how))


def _open_by_parts(base: int, parts: tuple[str, ...], flags: int, mode: int) -> int:
    here = os.dup(base)
    try:
        *folders, last = parts or (".",)
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | _DIRECTORY | _NO_FOLLOW | _CLOSE_ON_EXEC, dir_fd=here)
            os.close(here)
            here = below
        return os.open(last, flags | _NO_FOLLOW, mode, dir_fd=here)
    finally:
        os.close(here)
