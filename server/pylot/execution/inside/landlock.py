"""Landlock: what a process may change, by folders (landlock(7)); reading is not restricted."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable

from pylot.execution.inside.system_calls import NO_NEW_PRIVILEGES, process_control, system_call

# The first version that refuses to truncate files outside (Linux 6.2).
LEAST_VERSION = 3

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_WRITE, _READ, _TRUNCATE, _REFER, _DEVICE = 1 << 1, 1 << 2, 1 << 14, 1 << 13, 1 << 15
_FILE_RIGHTS = _WRITE | _TRUNCATE
# Remove a folder or file, make a folder, regular file, socket, FIFO or link; never a device.
_FOLDER_RIGHTS = _FILE_RIGHTS | _REFER | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12
_ALL_RIGHTS = _FOLDER_RIGHTS | 1 << 6 | 1 << 11
_TCP = 0b11
_SCOPES = 0b11


def version() -> int:
    """Return the version of Landlock's interface, 0 where there is none."""
    try:
        return system_call(_CREATE, 0, 0, 1)
    except (OSError, AttributeError):
        return 0


def restrict(writable: Iterable[str], *, network: bool) -> None:
    """Let this process and its children write below `writable` alone, for good.

    Without `network` TCP is refused, and from version 6 on also signals and abstract sockets of processes outside.

    Raises OSError where the kernel has no Landlock that is good enough.
    """
    found = version()
    if found < LEAST_VERSION:
        raise OSError("Landlock is not there or too old")
    handled = _ALL_RIGHTS | (_DEVICE if found >= 5 else 0)
    attributes = struct.pack(
        "<QQQ", handled, 0 if network or found < 4 else _TCP, _SCOPES if found >= 6 else 0
    )[: 24 if found >= 6 else 16 if found >= 4 else 8]  # fmt: skip
    rules = system_call(_CREATE, ctypes.c_char_p(attributes), len(attributes), 0)
    try:
        for path in writable:
            with contextlib.suppress(FileNotFoundError):
                _allow(rules, path, handled & _DEVICE if path.startswith("/dev/") else 0)
        process_control(NO_NEW_PRIVILEGES, 1)
        system_call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, more: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        rights = _FOLDER_RIGHTS if os.path.isdir(f"/proc/self/fd/{descriptor}") else _FILE_RIGHTS
        rule = struct.pack("<Qi", rights | more, descriptor)
        system_call(_ADD, rules, 1, ctypes.c_char_p(rule), 0)
    finally:
        os.close(descriptor)
