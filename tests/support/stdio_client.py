"""A raw LSP client over a process's stdio: sends any bytes, keeps every message, waits with a deadline."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
SCRIPTED_SERVER = (sys.executable, "-m", "tests.support.scripted_server")
DEADLINE = 30.0

JsonObject = dict[str, Any]


class ServerGoneError(AssertionError):
    """The server has closed its output while a message of its was waited for."""


class StdioClient:
    """Talk to a server process; on failure the last 200 messages tell what happened."""

    def __init__(
        self,
        command: tuple[str, ...] = SCRIPTED_SERVER,
        *,
        read_at_once: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        environment = environment or {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "server"), str(ROOT)))}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.stdin, self.stdout, self.stderr = self.process.stdin, self.process.stdout, self.process.stderr
        self.deadline = DEADLINE
        self.messages: deque[str] = deque(maxlen=200)
        self.log: list[str] = []
        self.received: list[JsonObject] = []
        self.impure = b""
        self._incoming: queue.Queue[JsonObject | None] = queue.Queue()
        self._ids = itertools.count(1)
        self._threads = [threading.Thread(target=it, daemon=True) for it in (self._read_messages, self._read_log)]
        self._threads[1].start()
        if read_at_once:
            self.start_reading()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _traceback: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(5)
        for stream in (self.stdin, self.stdout, self.stderr):
            try:
                stream.close()
            except OSError:
                continue
        if kind is not None:
            sys.stderr.write("\n".join(("--- last messages", *self.messages, "--- server's log", *self.log, "")))

    def start_reading(self) -> None:
        """Begin to take the server's messages."""
        self._threads[0].start()

    def send_bytes(self, data: bytes) -> None:
        """Send any bytes; a server that has left is no error here."""
        self.messages.append(f"-> {data[:300]!r}")
        try:
            self.stdin.write(data)
            self.stdin.flush()
        except OSError:
            self.messages.append("-> (the server is gone)")

    def send(self, payload: object) -> None:
        self.send_bytes(framed(payload))

    def notify(self, method: str, params: object = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object = None) -> int:
        """Send a request and return its id."""
        request_id = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        return request_id

    def ask(self, method: str, params: object = None) -> Any:
        """Send a request and return its result."""
        answer = self.answer(self.request(method, params))
        assert "result" in answer, answer
        return answer["result"]

    def refused(self, method: str, params: object = None) -> int:
        """Send a request and return the code of the error that it gets."""
        error: JsonObject = self.answer(self.request(method, params))["error"]
        assert set(error) == {"code", "message"}, error
        return int(error["code"])

    def answer(self, request_id: object) -> JsonObject:
        """Return the response to a request."""
        return self.wait_for(lambda it: "method" not in it and it.get("id") == request_id)

    def wait_for(self, is_wanted: Callable[[JsonObject], bool]) -> JsonObject:
        """Return the first message that is wanted and has not been returned before."""
        for idx, message in enumerate(self.received):
            if is_wanted(message):
                return self.received.pop(idx)
        while True:
            incoming = self._incoming.get(timeout=self.deadline)
            if incoming is None:
                self._incoming.put(None)
                raise ServerGoneError("the server has closed its output")
            if is_wanted(incoming):
                return incoming
            self.received.append(incoming)

    def exit_code(self) -> int:
        """Wait for the process to end."""
        return self.process.wait(self.deadline)

    def remaining(self) -> list[JsonObject]:
        """Return every message that nobody has asked for, after the server has ended."""
        self._threads[0].join(self.deadline)
        while (incoming := self._incoming.get(timeout=self.deadline)) is not None:
            self.received.append(incoming)
        return self.received

    def initialize(self, capabilities: JsonObject | None = None, **params: object) -> JsonObject:
        """Go through the opening handshake and return the server's capabilities."""
        result = self.ask("initialize", {"processId": None, "capabilities": capabilities or {}, **params})
        self.notify("initialized", {})
        capabilities = result["capabilities"]
        assert isinstance(capabilities, dict)
        return capabilities

    def open(self, uri: str, text: str, version: int = 1, language: str = "python") -> None:
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def _read_messages(self) -> None:
        while True:
            header = self.stdout.readline()
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name not in (b"Content-Length", b"Content-Type"):
                    self.impure += header
                length = int(value) if name == b"Content-Length" else length
                header = self.stdout.readline()
            if not header:
                self._incoming.put(None)
                return
            message = json.loads(self.stdout.read(length))
            self.messages.append(f"<- {str(message)[:300]}")
            self._incoming.put(message)

    def _read_log(self) -> None:
        for line in self.stderr:
            self.log.append(line.decode("utf-8", "replace").rstrip())


def framed(payload: object) -> bytes:
    """Return a message with its header."""
    body = json.dumps(payload).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def at(uri: str, line: int, character: int) -> JsonObject:
    """Return the parameters that name a place."""
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
