"""Where a model server listens, and whether that is this machine."""

from __future__ import annotations

import ipaddress
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from pylot.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address: what to show of it, the URL that paths are appended to, or the path of a Unix socket."""

    origin: str
    url: str
    path: str
    socket: str
    is_loopback: bool

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.url.startswith("https:")


def parse_address(name: str, base_url: str, *, remote: bool) -> Address:
    """Return the address that a provider's `base_url` names (H6, P1).

    Raises:
        ConfigError: it is no usable address, or another machine's although the provider does not say `remote`.
    """
    if base_url.startswith("unix:"):
        if sys.platform == "win32":
            raise ConfigError(f"The base_url of {name} is a Unix socket, which Pylot does not use on Windows.")
        socket = "/" + base_url.removeprefix("unix:").lstrip("/")
        return Address(f"unix:{socket}", "http://localhost", "", socket, is_loopback=True)
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(f"The base_url of {name} is no address.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"The base_url of {name} must begin with http://, https:// or unix: and name a host.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"The base_url of {name} may hold no user, query or fragment; keys go to api_key_env.")
    is_loopback = _is_loopback(host)
    if not is_loopback and not remote:
        raise ConfigError(
            f"{name} is at {host}, which is not this machine: set remote = true for it if your code may go there."
        )
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    path = parts.path.rstrip("/")
    return Address(origin, origin + path, path, "", is_loopback)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
