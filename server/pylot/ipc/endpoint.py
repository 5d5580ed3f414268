"""Where a shared process listens: a Unix socket, or on Windows a loopback port with a token in a private file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pylot.ipc.kind import Kind
from pylot.kernel.errors import ConfigError
from pylot.storage.directories import make_private_folder

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Address = tuple[int, int, int]
_HAS_UNIX_SOCKETS = sys.platform != "win32"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One process's address: files in the private runtime directory, all named after `key`."""

    kind: Kind
    directory: Path
    key: str
    use_unix: bool = _HAS_UNIX_SOCKETS

    @property
    def socket_path(self) -> Path:
        """The Unix socket, mode 0600."""
        return self.directory / f"{self.key}.sock"

    @property
    def address_path(self) -> Path:
        """The file with port and token, mode 0600, where there are no Unix sockets."""
        return self.directory / f"{self.key}.json"

    @property
    def lock_path(self) -> Path:
        """The lock that keeps two starters apart."""
        return self.directory / f"{self.key}.lock"

    @property
    def label_path(self) -> Path:
        """The file that says whom it serves with what, for `pylot status`."""
        return self.directory / f"{self.key}.label"

    def new_token(self) -> str:
        """Return the secret that clients must show; empty where the socket's mode keeps others out."""
        return "" if self.use_unix else secrets.token_hex(32)

    async def listen(self, serve: Serve, token: str) -> tuple[asyncio.Server, Address]:
        """Start to listen in place of whoever left an address behind; return what `remove` needs."""
        if self.use_unix:
            self.socket_path.unlink(missing_ok=True)
            previous = os.umask(0o177)
            try:
                server: asyncio.Server = await asyncio.start_unix_server(serve, str(self.socket_path))
            finally:
                os.umask(previous)
            return server, self._address(self.socket_path)
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = {"port": server.sockets[0].getsockname()[1], "token": token}
        self.address_path.unlink(missing_ok=True)
        with os.fdopen(os.open(self.address_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(address, file)
        return server, self._address(self.address_path)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
        """Connect and return the streams and the token to show.

        Raises:
            kind.unavailable: nobody listens, or not in a folder of this user's own.
        """
        try:
            # Whoever could put a socket into the folder would be shown the user's code.
            make_private_folder(self.directory)
            if self.use_unix:
                reader, writer = await asyncio.open_unix_connection(str(self.socket_path))
                return reader, writer, ""
            address = json.loads(self.address_path.read_text())
            reader, writer = await asyncio.open_connection("127.0.0.1", int(address["port"]))
            return reader, writer, str(address["token"])
        except (ConfigError, OSError, ValueError, KeyError, TypeError) as error:
            raise self.kind.unavailable(f"The {self.kind.name} is not running.", detail=repr(error)) from error

    def remove(self, own: Address) -> None:
        """Take the address away when the process leaves, unless a newer one has put its own in this place."""
        path = self.socket_path if self.use_unix else self.address_path
        with contextlib.suppress(OSError):
            if self._address(path) == own:
                path.unlink()
                self.label_path.unlink()

    @staticmethod
    def _address(path: Path) -> Address:
        stat = path.stat()
        # A number of a file that has gone may be given to the next one, so the time counts as well.
        return stat.st_dev, stat.st_ino, stat.st_ctime_ns
