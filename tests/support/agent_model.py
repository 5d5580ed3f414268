"""A chat model behind OpenAI's protocol that says what a script tells it, one line for each request."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "scripted"
CONTEXT = 32_768

Call = tuple[str, Mapping[str, Any]]
Line = str | Sequence[Call] | threading.Event
"""An answer in words, calls of tools, or an event that is waited for before the next line is said."""


class AgentModel:
    """Listens on this machine; `asked` are the conversations that it was sent, the probe of its abilities left out.

    A `steady` one says what comes next in the conversation it is sent, however often it has said it before.
    """

    def __init__(self, script: Sequence[Line], *, steady: bool = False) -> None:
        self.script = list(script)
        self._steady = steady
        self.asked: list[list[dict[str, Any]]] = []
        self.waiting = threading.Event()
        self.heard = threading.Event()
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                models = {"data": [{"id": MODEL, "max_model_len": CONTEXT}]}
                self._send("application/json", json.dumps(models).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                events = owner.events(body)
                self._send("text/event-stream", b"".join(b"data: %b\n\n" % each for each in (*events, b"[DONE]")))

            def _send(self, kind: str, data: bytes) -> None:
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _traceback: TracebackType | None) -> None:
        for line in self.script:
            if isinstance(line, threading.Event):
                line.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def settings(self) -> str:
        """The lines of pylot.toml that let agents use this model."""
        return (
            f"[models.providers.scripted]\nbase_url = 'http://127.0.0.1:{self._server.server_address[1]}'\n"
            f"[models.roles]\nchat = 'scripted'\n"
            f"[models.logical.scripted]\ngroups = [[{{ provider = 'scripted', model = '{MODEL}' }}]]\n"
        )

    def events(self, body: Mapping[str, Any]) -> list[bytes]:
        """Return the events that answer a request."""
        tools = [each["function"]["name"] for each in body.get("tools", ())]
        if tools == ["read_file"]:
            return _events([("read_file", {"path": "src/main.py"})])
        with self._lock:
            self.asked.append(body["messages"])
            self.heard.set()
            line = self._next(body["messages"])
        while isinstance(line, threading.Event):
            self.waiting.set()
            line.wait(60)
            with self._lock:
                line = self._next(body["messages"])
        return _events(line)

    def _next(self, messages: Sequence[Mapping[str, Any]]) -> Line:
        said = sum(message["role"] == "assistant" for message in messages) if self._steady else 0
        if said >= len(self.script):
            return "There is nothing left to say."
        return self.script[said] if self._steady else self.script.pop(0)


def _events(line: str | Sequence[Call]) -> list[bytes]:
    if isinstance(line, str):
        delta: dict[str, Any] = {"content": line}
    else:
        calls = [
            {
                "index": number,
                "id": f"call-{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for number, (name, arguments) in enumerate(line)
        ]
        delta = {"tool_calls": calls}
    finish = "stop" if isinstance(line, str) else "tool_calls"
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return [
        _chunk({"index": 0, "delta": {"role": "assistant", **delta}}),
        _chunk({"index": 0, "delta": {}, "finish_reason": finish}),
        _chunk(usage=usage),
    ]


def _chunk(choice: Mapping[str, Any] | None = None, **more: object) -> bytes:
    chunk = {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice] if choice else []}
    return json.dumps({**chunk, **more}).encode()
