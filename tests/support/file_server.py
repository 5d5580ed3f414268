"""A server of one file that says and does what a test tells it to: cut, lie, change, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

ETAG = '"first"'


@dataclass(frozen=True)
class Request:
    """What was asked; header names in lower case."""

    path: str
    headers: Mapping[str, str]

    @property
    def start(self) -> int:
        """The first byte that is wanted."""
        return int(self.headers["range"].removeprefix("bytes=").removesuffix("-")) if "range" in self.headers else 0


@dataclass(frozen=True)
class Reply:
    """What is sent, after which the connection is closed."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Script = Callable[[int, Request], Reply]


class FileServer:
    """Serve on loopback; the script gets the number of the request, counted from 0."""

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self._script = script

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        lines = (line.split(": ", 1) for line in head[1:] if line)
        request = Request(head[0].split(" ")[1], {name.lower(): value for name, value in lines})
        reply = self._script(len(self.requests), request)
        self.requests.append(request)
        headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{headers}Connection: close\r\n\r\n".encode() + reply.body)
        # A client that has seen enough closes first.
        try:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass


def honest(content: bytes, *, etag: str = ETAG) -> Script:
    """Return the script of a server that does everything right."""

    def script(_number: int, request: Request) -> Reply:
        start = request.start if request.headers.get("if-range", etag) == etag else 0
        return part(content, start, etag=etag) if start else whole(content, etag=etag)

    return script


def whole(content: bytes, *, etag: str = ETAG, **headers: str) -> Reply:
    """Return a reply with all of it."""
    return Reply(200, {"ETag": etag, "Content-Length": str(len(content)), **headers}, content)


def part(content: bytes, start: int, *, etag: str = ETAG, **headers: str) -> Reply:
    """Return a reply with the rest of it."""
    place = f"bytes {start}-{len(content) - 1}/{len(content)}"
    length = str(len(content) - start)
    return Reply(206, {"ETag": etag, "Content-Length": length, "Content-Range": place, **headers}, content[start:])


def cut(reply: Reply, n_bytes: int) -> Reply:
    """Return a reply that ends too early."""
    return Reply(reply.status, reply.headers, reply.body[:n_bytes])
