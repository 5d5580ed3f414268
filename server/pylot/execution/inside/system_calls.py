"""Linux system calls that Python has no function for."""

from __future__ import annotations

import ctypes
import functools
import os
import struct
import sys

SUBREAPER, DEATH_SIGNAL, NO_NEW_PRIVILEGES, SET_SECCOMP = 36, 1, 38, 22
_SET_MOUNT, _HERE, _RECURSIVELY, _READ_ONLY = 442, -100, 0x8000, 1
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: object) -> int:
    """Return what the kernel answers; raises OSError for an error."""
    plain = [ctypes.c_long(it) if isinstance(it, int) else it for it in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *plain))


def process_control(option: int, *arguments: object) -> None:
    """Set one of the attributes of this process (prctl(2)); raises OSError."""
    plain = [ctypes.c_ulong(it) if isinstance(it, int) else it for it in arguments]
    _checked(_libc().prctl(option, *plain, *[ctypes.c_ulong(0)] * (4 - len(plain))))


def unshare(flags: int) -> None:
    """Leave namespaces named by `flags` (unshare(2)); raises OSError where the system forbids it."""
    _checked(_libc().unshare(flags))


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount or remount something (mount(2)); raises OSError."""
    texts = [os.fsencode(it) if it is not None else None for it in (source, target, kind, data)]
    _checked(_libc().mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]))


def set_read_only(path: str, *, read_only: bool, below: bool = True) -> None:
    """Change whether the mount at a path, and the mounts below it, can be written to (mount_setattr(2)).

    Raises OSError where that is not allowed or the kernel does not know it (before Linux 5.12).
    """
    change = struct.pack("<QQQQ", _READ_ONLY if read_only else 0, 0 if read_only else _READ_ONLY, 0, 0)
    flags = _RECURSIVELY if below else 0
    system_call(_SET_MOUNT, _HERE, ctypes.c_char_p(os.fsencode(path)), flags, ctypes.c_char_p(change), len(change))


def drop_capabilities() -> None:
    """Give up every capability of this process; raises OSError."""
    number = _CAPSET.get(os.uname().machine) if sys.platform == "linux" else None
    if number is None:
        raise OSError("this processor's system calls are not known")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    system_call(number, ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)
