"""A model server of OpenAI's protocol that answers conversations from a list, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_PIECE = 7


class ChatServer:
    """Listens on one port of this machine; `held` keeps an answer back behind its first piece until it is set."""

    def __init__(self, answers: Sequence[str], *, held: bool = False) -> None:
        self.asked: list[list[dict[str, Any]]] = []
        self.begun, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()
        if not held:
            self.go_on.set()
        self._answers = list(answers)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({"data": [{"id": "scripted", "max_model_len": 16_384}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(body["messages"])
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    server.stream(self)
                except OSError:
                    pass
                finally:
                    server.ended.set()

            def _reply(self, value: object) -> None:
                content = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def toml(self) -> str:
        """The configuration that gives it the role `coder`."""
        port = self._http.server_address[1]
        return (
            "[models.roles]\ncoder = 'talker'\n[models.logical.talker]\n"
            "groups = [[{ provider = 'scripted', model = 'scripted' }]]\n"
            f"[models.providers.scripted]\nbase_url = 'http://127.0.0.1:{port}'\n"
        )

    def stream(self, handler: BaseHTTPRequestHandler) -> None:
        """Write the next answer, piece by piece."""
        answer = self._answers.pop(0)
        for start in range(0, len(answer), _PIECE):
            delta = {"choices": [{"delta": {"content": answer[start : start + _PIECE]}, "finish_reason": None}]}
            handler.wfile.write(b"data: " + json.dumps(delta).encode() + b"\n\n")
            handler.wfile.flush()
            self.begun.set()
            self.go_on.wait(30)
        end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
        handler.wfile.write(b"data: " + json.dumps(end).encode() + b"\n\ndata: [DONE]\n\n")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.go_on.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
