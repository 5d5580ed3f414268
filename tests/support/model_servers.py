"""Real model servers as processes: llama.cpp's own, which `make llama-server` builds, and llama-cpp-python's."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from setup.llama_server import find_server

Program = Literal["llama-server", "llama-cpp-python"]

_START_SECONDS = 60.0
_POLL_SECONDS = 0.05


def llama_server_program() -> Path:
    """Return llama-server, which PYLOT_TEST_LLAMA_SERVER may name; fails when there is none."""
    named = os.environ.get("PYLOT_TEST_LLAMA_SERVER")
    found = Path(named) if named else find_server(os.environ)
    assert found is not None, "llama-server has not been built: run `make llama-server`"
    return found


@dataclass(frozen=True)
class Served:
    """What a server is started with; servers that are alike are shared."""

    program: Program
    model: Path
    key: str = ""
    pooling: str = "none"
    context: int = 1024
    n_slots: int = 2


class ModelServers:
    """Start servers on demand and stop them all at the end."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[Served, tuple[subprocess.Popen[bytes], str]] = {}
        self._ports: dict[Served, int] = {}

    def url(self, served: Served) -> str:
        """Return where a server listens, once it answers; one that was stopped comes back at the same address."""
        if served not in self._running:
            self._running[served] = self._start(served)
        return self._running[served][1]

    def stop(self, served: Served) -> None:
        """Kill one server, as `kill -9` does."""
        process, _ = self._running.pop(served)
        process.kill()
        process.wait()

    def stop_all(self) -> None:
        """Kill every server."""
        for served in list(self._running):
            self.stop(served)

    def _start(self, served: Served) -> tuple[subprocess.Popen[bytes], str]:
        port = self._ports.setdefault(served, _free_port())
        log = self._logs / f"{served.program}-{port}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                _command(served, port), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_environment(served)
            )
        path = "/health" if served.program == "llama-server" else "/docs"
        end = time.monotonic() + _START_SECONDS
        while not _answers(port, path):
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, "the server does not come up"
            time.sleep(_POLL_SECONDS)
        return process, f"http://127.0.0.1:{port}"


def _command(served: Served, port: int) -> list[str]:
    model, context = str(served.model), served.context
    if served.program == "llama-cpp-python":
        options = {"model": model, "host": "127.0.0.1", "port": port, "n_ctx": context, "n_threads": 1}
        flags = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return [sys.executable, "-m", "llama_cpp.server", *flags, "--embedding", "true"]
    options = {
        "--model": model,
        "--host": "127.0.0.1",
        "--port": port,
        "--parallel": served.n_slots,
        "--ctx-size": context * served.n_slots,
        "--threads": 1,
        "--pooling": served.pooling,
    }
    flags = [str(word) for pair in options.items() for word in pair]
    return [str(llama_server_program()), *flags, "--embeddings", "--jinja"]


def _environment(served: Served) -> dict[str, str]:
    names = {"llama-server": "LLAMA_API_KEY", "llama-cpp-python": "API_KEY"}
    return {**os.environ, **({names[served.program]: served.key} if served.key else {})}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
