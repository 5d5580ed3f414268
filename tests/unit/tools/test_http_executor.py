"""Tools behind an address (C9, C13, C20): whatever a server answers, only the host that the user named is spoken to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pylot.tools.http_executor import _is_public, call_http_tool
from pylot.tools.results import ToolResult
from pylot.tools.settings import HttpToolSettings

Answer = Callable[[dict[str, object], int], bytes]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve what `answer` makes of a request's body and the server's port; nothing is said for an empty answer."""
    heads: list[bytes] = []
    works: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-l"))
        body = json.loads(await reader.readexactly(length))
        with contextlib.suppress(ConnectionError):
            writer.write(answer(body, writer.get_extra_info("sockname")[1]))
            await writer.drain()
            writer.write_eof()
            # Until the client hangs up.
            await reader.read()
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        works.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads
    await asyncio.gather(*works)


def response(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n".encode() + body


ANSWERS: dict[str, tuple[Answer, ToolResult]] = {
    "a value": (lambda body, port: response(json.dumps(body["args"]).encode()), ToolResult(True, '{\n "n": 3\n}')),
    "a result": (lambda body, port: response(b'{"ok": true, "result": "fine"}'), ToolResult(True, "fine")),
    "an error": (
        lambda body, port: response(b'{"ok": false, "error": "It is broken."}'),
        ToolResult(False, "", "It is broken."),
    ),
    "text": (lambda body, port: response(b"plain"), ToolResult(True, "plain")),
    "a status": (
        lambda body, port: response(b"", "500 Internal Server Error"),
        ToolResult(False, error="The tool's server answered with status 500."),
    ),
    "too much": (
        lambda body, port: response(b"x" * (5 << 20)),
        ToolResult(False, error="The tool's answer is too long."),
    ),
    "garbage": (
        lambda body, port: b"?\r\n",
        ToolResult(False, error="The tool's server cannot be reached, or broke off."),
    ),
    "another host": (
        lambda body, port: response(b"", "307 Temporary Redirect", "Location: http://example.org/\r\n"),
        ToolResult(False, error="The tool's address leads to another host, which is not allowed."),
    ),
    "its own host, by an address that is private": (
        lambda body, port: response(b"", "308 Permanent Redirect", f"Location: http://localhost:{port}/b\r\n"),
        ToolResult(False, error="The tool's address leads into a private network, or nowhere."),
    ),
    "an allowed host that is private": (
        lambda body, port: response(b"", "307 Temporary Redirect", "Location: http://127.0.0.1/\r\n"),
        ToolResult(False, error="The tool's address leads into a private network, or nowhere."),
    ),
    "a redirect that loses the body": (
        lambda body, port: response(b"", "302 Found", "Location: http://localhost/\r\n"),
        ToolResult(False, error="The tool's address has moved."),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_becomes_a_result(name: str) -> None:
    answer, result = ANSWERS[name]
    async with serving(answer) as (port, heads):
        settings = HttpToolSettings(
            url=f"http://localhost:{port}/tool", description="", headers={"X-Key": "k"}, redirect_hosts=("127.0.0.1",)
        )

        assert await call_http_tool(settings, {"n": 3}, {"task_id": "t"}) == result
        assert len(heads) == 1
        assert f"Host: localhost:{port}".encode() in heads[0]
        assert b"X-Key: k" in heads[0]


async def test_nobody_there_is_a_result() -> None:
    settings = HttpToolSettings(url="http://127.0.0.1:1/", description="")

    assert (await call_http_tool(settings, {}, {})).error == "The tool's server cannot be reached, or broke off."


async def test_silence_is_a_result() -> None:
    held = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        held.set()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = HttpToolSettings(url=f"http://127.0.0.1:{port}/", description="", timeout_s=0.2)

        assert (await call_http_tool(settings, {}, {})).error == "The tool did not answer within 0.2 seconds."
        await held.wait()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:1::", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("::ffff:8.8.8.8", True),
    ],
)
def test_private_addresses_are_known(address: str, public: bool) -> None:
    assert _is_public(address) is public
