"""A minimal LSP client over a server's stdio, as an editor is one: enough for the demo to be real."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.kernel.errors import PylotError

_SECONDS = 60.0


class LspClient:
    """Start `pylot lsp` and talk to it; use as an asynchronous context manager."""

    def __init__(self, settings: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._arguments = [argument for setting in settings for argument in ("--set", setting)]
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def __aenter__(self) -> LspClient:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pylot", "lsp", *self._arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=self._environment,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._reading = asyncio.create_task(self._read())
        capabilities: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}
        await self.request("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.notify("initialized", {})
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.request("shutdown", None)
            self.notify("exit", None)
            await asyncio.wait_for(self._process.wait(), 5)
        except (TimeoutError, PylotError):
            self._process.kill()
            await self._process.wait()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    async def request(self, method: str, params: Mapping[str, Any] | None) -> Any:
        """Return a request's result; cancelling cancels it at the server as well."""
        request_id = next(self._ids)
        answer = self._answers[request_id] = asyncio.get_running_loop().create_future()
        self._send({"id": request_id, "method": method, "params": params})
        try:
            return await asyncio.wait_for(answer, _SECONDS)
        except TimeoutError:
            raise PylotError(f"The language server did not answer {method}.") from None
        except asyncio.CancelledError:
            self.notify("$/cancelRequest", {"id": request_id})
            raise

    def notify(self, method: str, params: Mapping[str, Any] | None) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    async def command(self, name: str, *arguments: object) -> Any:
        """Run one of the server's commands."""
        return await self.request("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        try:
            while True:
                header = await self._stdout.readuntil(b"\r\n\r\n")
                length = int(header.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                self._take(json.loads(await self._stdout.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(PylotError("The language server has left."))

    def _take(self, message: Mapping[str, Any]) -> None:
        if "method" in message:
            if "id" in message:
                self._send({"id": message["id"], "result": None})
            return
        answer = self._answers.pop(message["id"])
        if answer.done():
            return
        if "error" in message:
            answer.set_exception(PylotError(str(message["error"]["message"])))
        else:
            answer.set_result(message["result"])
