"""Namespaces of this process's own: folders read-only or empty, no shared memory, no network but the loopback."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Sequence

from pylot.execution.inside.system_calls import mount, set_read_only, unshare

_NEW_MOUNTS, _NEW_IPC, _NEW_USERS, _NEW_NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 2, 4, 8
_SET_FLAGS, _UP = 0x8914, 1


def enter(
    *,
    read_only: Iterable[str],
    hidden: Iterable[str],
    kept: Sequence[str],
    shown: Iterable[tuple[str, str]],
    network: bool,
) -> None:
    """Move this process into namespaces of its own; raises OSError where the system forbids that.

    What is `kept` can be written to but for what is `read_only` in it, and nothing else can; what is `hidden` looks
    empty but for what is kept in it. What does not exist is passed over. `shown` are files, each with another one that
    is seen in its place.
    """
    user, group = os.getuid(), os.getgid()
    unshare(_NEW_USERS | _NEW_MOUNTS | _NEW_IPC | (0 if network else _NEW_NETWORK))
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    mount("none", "/", None, _RECURSIVE | _PRIVATE)
    for path in hidden:
        _hide(path, [each for each in kept if is_below(each, path)])
    for path in kept:
        mount(path, path, None, _BIND | _RECURSIVE)
    for path in read_only:
        if os.path.lexists(path):
            mount(path, path, None, _BIND | _RECURSIVE)
    for path, instead in shown:
        mount(instead, path, None, _BIND)
    # Landlock knows nothing of modes, owners and times; a mount that cannot be written to keeps all of it.
    set_read_only("/", read_only=True)
    for path in kept:
        set_read_only(path, read_only=False, below=False)
    if os.path.isdir("/dev/shm"):
        mount("tmpfs", "/dev/shm", "tmpfs", _NO_SETUID | _NO_DEVICES, "mode=1777,size=256m")
    _give_terminals()
    if not network:
        _bring_loopback_up()


def is_below(path: str, folder: str) -> bool:
    """Tell whether an absolute path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _hide(path: str, kept: Sequence[str]) -> None:
    if not os.path.isdir(path):
        if os.path.exists(path):
            mount("/dev/null", path, None, _BIND)
        return
    flags = _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS
    held = [(each, os.open(each, os.O_PATH | os.O_CLOEXEC)) for each in kept]
    mount("tmpfs", path, "tmpfs", flags, "size=64k")
    for each, descriptor in held:
        os.makedirs(each)
        mount(f"/proc/self/fd/{descriptor}", each, None, _BIND | _RECURSIVE)
        os.close(descriptor)


def _give_terminals() -> None:
    """Give new terminals, so that none of the user's can be written to."""
    flags = _NO_SETUID | _NO_PROGRAMS
    try:
        mount("devpts", "/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=600")
        mount("/dev/pts/ptmx", "/dev/ptmx", None, _BIND)
    except OSError:
        mount("tmpfs", "/dev/pts", "tmpfs", flags | _NO_DEVICES, "size=4k")


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
