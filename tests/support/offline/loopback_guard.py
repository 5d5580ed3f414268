"""Refuse to reach beyond this machine (requirement P1, test T28), in this process and in its children.

An audit hook sees every connection that Python makes, whichever library asks for it, and cannot be taken out again.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable


class LeftLoopbackError(OSError):
    """Something tried to reach beyond this machine."""


def leaves_loopback(event: str, arguments: tuple[object, ...]) -> str:
    """Return where an audited event would lead outside, or an empty string."""
    match event, arguments:
        case (
            ("socket.connect" | "socket.sendto" | "socket.sendmsg"),
            (socket.socket() as sock, tuple() as address, *_),
        ):
            local = sock.family not in (socket.AF_INET, socket.AF_INET6) or is_loopback(str(address[0]))
            return "" if local else f"{event} {address[0]}"
        case (("socket.getaddrinfo" | "socket.gethostbyname"), (host, *_)):
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
            local = not name or is_loopback(str(name)) or is_address(str(name))
            return "" if local else f"{event} {name}"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine without asking a name server."""
    if host in ("", "localhost"):
        return True
    return is_address(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback


def is_address(host: str) -> bool:
    """Whether the text is an address, which is looked up without a name server."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def install(record: Callable[[str], None]) -> None:
    """Record and refuse, from now on, whatever would leave this machine."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith("socket."):
            target = leaves_loopback(event, arguments)
            if target:
                record(target)
                raise LeftLoopbackError(f"the tests are offline: {target}")

    sys.addaudithook(hook)
