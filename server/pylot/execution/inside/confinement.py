"""Landlock and what goes with it: namespaces where they may be made, no capabilities, a filter of system calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pylot.execution.inside import landlock, namespaces, seccomp
from pylot.execution.inside.namespaces import is_below
from pylot.execution.inside.system_calls import drop_capabilities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pylot.execution.inside.orders import Order

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


def confine(order: Order) -> bool:
    """Hold this process and its children to what `order` allows, for good.

    Returns whether it has namespaces of its own, and so sees other files where `shown` says so.

    `writable` are folders, `protected` what stays read-only in them, `hidden` what looks empty, and `network` tells
    whether other machines can be reached.

    Raises OSError where the kernel cannot do that.
    """
    writable, protected, network = order["writable"], order["protected"], bool(order["network"])
    enter = partial(namespaces.enter, read_only=protected, hidden=order["hidden"], kept=writable, shown=order["shown"])
    # A network of its own takes longest to make, and is had wherever the rest is.
    has_namespaces = _works(partial(enter, network=True))
    if has_namespaces:
        enter(network=network)
        allowed: Iterable[str] = (*writable, "/dev/shm", "/dev/pts", "/dev/ptmx")
        # In a network of its own the loopback leads nowhere else, so that a test may talk to its own server.
        sockets = True
    else:
        # Landlock cannot take away part of what it gives, so what is beside a protected path is given one by one.
        allowed = [path for folder in writable for path in _without(folder, protected)]
        sockets = network
    landlock.restrict((*allowed, *_DEVICES), network=sockets)
    if os.getuid() == 0 or _has_capabilities():
        drop_capabilities()
    code = seccomp.program(seccomp.INTERNET_FAMILIES if sockets else ())
    if code is None:
        raise OSError("the system calls of this processor are not known")
    seccomp.install(code)
    return has_namespaces


def _works(act: Callable[[], None]) -> bool:
    """Try in a process of its own: what was done by half cannot be undone."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _without(folder: str, protected: Iterable[str]) -> Iterator[str]:
    """Yield what covers a folder but for the protected paths in it, and for what is not there yet."""
    inner = [path for path in protected if is_below(path, folder)]
    if folder in inner:
        return
    if not inner:
        yield folder
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _without(entry.path, inner)
            elif entry.is_file(follow_symlinks=False) and entry.path not in inner:
                yield entry.path


def _has_capabilities() -> bool:
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        return any(line.startswith("CapEff:") and int(line.split()[1], 16) for line in lines)
