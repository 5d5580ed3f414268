"""Namespaces of this process's own: folders that are read-only or empty there, and no network but the loopback."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from pylot.execution.inside.system_calls import mount, unshare

_NEW_MOUNTS, _NEW_USERS, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 2, 4, 8
_SET_FLAGS, _UP = 0x8914, 1


def enter(*, read_only: Iterable[str], hidden: Iterable[str], kept: Sequence[str], network: bool) -> None:
    """Move this process into namespaces of its own; raises OSError where the system forbids that.

    What is `hidden` looks empty but for what is `kept` in it; what does not exist is passed over.
    """
    user, group = os.getuid(), os.getgid()
    unshare(_NEW_USERS | _NEW_MOUNTS | (0 if network else _NEW_NETWORK))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    mount("none", "/", None, _RECURSIVE | _PRIVATE)
    if Path("/dev/shm").is_dir():
        mount("tmpfs", "/dev/shm", "tmpfs", _NO_SETUID | _NO_DEVICES, "mode=1777,size=256m")
    for path in hidden:
        _hide(path, [each for each in kept if Path(each).is_relative_to(path)])
    for path in read_only:
        if os.path.lexists(path):
            _make_read_only(path)
    if not network:
        _bring_loopback_up()


def _hide(path: str, kept: Sequence[str]) -> None:
    if not Path(path).is_dir():
        if Path(path).exists():
            mount("/dev/null", path, None, _BIND)
        return
    flags = _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS
    held = [(each, os.open(each, os.O_PATH | os.O_CLOEXEC)) for each in kept]
    mount("tmpfs", path, "tmpfs", flags, "size=64k")
    for each, descriptor in held:
        Path(each).mkdir(parents=True)
        mount(f"/proc/self/fd/{descriptor}", each, None, _BIND | _RECURSIVE)
        os.close(descriptor)
    mount("none", path, None, _REMOUNT | _BIND | _READ_ONLY | flags)


def _make_read_only(path: str) -> None:
    mount(path, path, None, _BIND | _RECURSIVE)
    # A mount that this user namespace did not make keeps its flags, or may not be changed at all.
    kept = os.statvfs(path).f_flag & (_NO_SETUID | _NO_DEVICES | _NO_PROGRAMS)
    mount("none", path, None, _BIND | _REMOUNT | _READ_ONLY | kept)


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
