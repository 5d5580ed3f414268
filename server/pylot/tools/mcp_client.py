"""A server of the Model Context Protocol over standard input and output: what is needed to list and call its tools.

JSON-RPC messages, one to a line (modelcontextprotocol.io, specification 2025-06-18, transports). The server may ask
nothing of us but a ping: it gets no model, no files and no questions to the user.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pylot
from pylot.kernel.errors import ToolError

PROTOCOL_VERSION = "2025-06-18"
_LONGEST_MESSAGE = 8 << 20
_MOST_PAGES = 20
_END_SECONDS = 2.0
_METHOD_NOT_FOUND = -32601


class McpClient:
    """One running server, owned by one event loop; `close` ends it and all that it has started."""

    def __init__(self, process: asyncio.subprocess.Process, timeout_s: float) -> None:
        self._process = process
        self._timeout_s = timeout_s
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, command: str, args: tuple[str, ...], environment: Mapping[str, str], timeout_s: float
    ) -> McpClient:
        """Start a server in the user's home and shake hands; raises ToolError when it does not start or is silent."""
        try:
            process = await asyncio.create_subprocess_exec(
                command, *args, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=dict(environment), limit=_LONGEST_MESSAGE,
                # Not where Pylot was started, which may be a workspace: `python -m` and `npx` run what lies there.
                start_new_session=True, cwd=Path.home(),
            )  # fmt: skip
        except OSError as error:
            raise ToolError(f"The tool server {command} cannot be started: {error.strerror}.") from error
        client = cls(process, timeout_s)
        hello = {
            "protocolVersion": PROTOCOL_VERSION,
            "capabilities": {},
            "clientInfo": {"name": "pylot", "version": pylot.__version__},
        }
        try:
            await client.request("initialize", hello)
            await client._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        except BaseException:
            await client.close()
            raise
        return client

    async def tools(self) -> list[dict[str, Any]]:
        """Return the definitions of all tools; raises ToolError."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self.request("tools/list", {"cursor": cursor} if cursor else {})
            found += [each for each in page.get("tools", []) if isinstance(each, dict)]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        return found

    async def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool and return the result as the protocol has it; raises ToolError."""
        return await self.request("tools/call", {"name": name, "arguments": dict(arguments)})

    async def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask and wait for the answer; raises ToolError for an error, a server that has gone, or one that is silent."""
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": dict(params)})
            return await asyncio.wait_for(future, self._timeout_s)
        except TimeoutError as error:
            raise ToolError(f"The tool server did not answer within {self._timeout_s:g} seconds.") from error
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """End the server and everything that it has started."""
        self._reader.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _END_SECONDS)
                break
            self._signal(number)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, number)

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise ToolError("The tool server has ended.") from error

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while line := await self._process.stdout.readline():
                with contextlib.suppress(ValueError):
                    await self._take(json.loads(line))
        except (ValueError, ToolError):
            # A line that is too long, or nobody to answer to any more.
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ToolError("The tool server has ended."))

    async def _take(self, message: object) -> None:
        if not isinstance(message, dict):
            return
        number = message.get("id")
        if "method" in message:
            if number is not None:
                await self._send({"jsonrpc": "2.0", "id": number, **_reply(message["method"])})
            return
        future = self._waiting.get(number) if isinstance(number, int) else None
        if future is None or future.done():
            return
        if isinstance(result := message.get("result"), dict):
            future.set_result(result)
            return
        error = message.get("error")
        said = error.get("message") if isinstance(error, dict) else ""
        future.set_exception(ToolError(f"The tool server refused: {str(said)[:300]}"))


def _reply(method: object) -> dict[str, Any]:
    if method == "ping":
        return {"result": {}}
    return {"error": {"code": _METHOD_NOT_FOUND, "message": "not supported"}}
