"""T6 and the beginning and end of a connection (LSP 3.18, "Server lifecycle")."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pylot.lsp.errors import ErrorCode
from tests.support.stdio_client import StdioClient, at

URI = "file:///a.py"


def test_requests_are_refused_before_initialize_twice_and_after_shutdown() -> None:
    """T4: -32002 before, -32600 for a second `initialize` and after shutdown, -32602 for one without parameters."""
    with StdioClient() as client:
        assert client.refused("shutdown") == ErrorCode.SERVER_NOT_INITIALIZED
        assert client.refused("no/such/method") == ErrorCode.SERVER_NOT_INITIALIZED
        assert client.refused("initialize") == ErrorCode.INVALID_PARAMS
        assert client.refused("initialize", {"capabilities": 1}) == ErrorCode.INVALID_PARAMS
        client.initialize()
        assert client.refused("initialize", {"capabilities": {}}) == ErrorCode.INVALID_REQUEST
        assert client.refused("no/such/method") == ErrorCode.METHOD_NOT_FOUND
        assert client.refused("$/no/such/method") == ErrorCode.METHOD_NOT_FOUND
        client.notify("$/no/such/notification", {})
        client.notify("no/such/notification", {})
        assert client.ask("shutdown") is None
        assert client.refused("shutdown") == ErrorCode.INVALID_REQUEST
        assert client.refused("workspace/executeCommand", {"command": "pylot.status"}) == ErrorCode.INVALID_REQUEST
        client.notify("exit")

        assert client.exit_code() == 0


def leave(client: StdioClient, how: str) -> None:
    if how == "shutdown and exit":
        client.ask("shutdown")
        client.notify("exit")
    elif how in ("exit alone", "exit at once"):
        client.notify("exit")
        client.stdin.close()
    elif how == "end of input":
        client.stdin.close()
    elif how == "busy loop":
        client.open(URI, "#busy")
        client.request("textDocument/inlineCompletion", at(URI, 0, 5))
        client.wait_for(lambda it: it.get("method") == "window/showMessage")
        client.stdin.close()
    else:
        client.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("shutdown and exit", 0),
        ("exit alone", 1),
        ("exit at once", 1),
        ("end of input", 0),
        ("busy loop", 0),
        pytest.param("SIGTERM", 0, marks=pytest.mark.skipif(sys.platform == "win32", reason="no signals")),
    ],
)
def test_every_way_out_ends_the_process(how: str, code: int) -> None:
    """T6: a busy event loop and a stuck thread are left behind."""
    with StdioClient() as client:
        if how != "exit at once":
            client.initialize()
        leave(client, how)

        assert client.exit_code() == code


def test_the_server_leaves_when_nobody_can_read_its_answers() -> None:
    with StdioClient(read_at_once=False) as client:
        client.stdout.close()
        client.request("initialize", {"capabilities": {}})

        assert client.exit_code() == 0


def test_the_server_leaves_when_its_editor_dies_and_the_pipe_stays_open() -> None:
    """T6: the parent is watched by `processId`."""
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with StdioClient() as client:
        client.initialize(processId=editor.pid)
        client.ask("workspace/executeCommand", {"command": "pylot.status"})
        editor.kill()
        editor.communicate()

        assert client.exit_code() == 0


@pytest.mark.parametrize("process_id", [2**31 - 2, 10**30, -1])
def test_an_editor_that_cannot_be_seen_is_not_taken_for_dead(process_id: int) -> None:
    """T6: an editor outside the container has a process id that means nothing here."""
    with StdioClient() as client:
        client.initialize(processId=process_id)
        assert client.ask("workspace/executeCommand", {"command": "pylot.explain"}) == {"limit": 10}
        client.ask("shutdown")
        client.notify("exit")

        assert client.exit_code() == 0


def test_stdout_carries_only_the_protocol() -> None:
    """T27: what Python code and native libraries print goes to standard error."""
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "#print")
        assert client.ask("textDocument/inlineCompletion", at(URI, 0, 6))["items"]
        client.ask("shutdown")
        client.notify("exit")
        client.exit_code()

        assert client.remaining() == []
        assert client.impure == b""
        assert {"from Python", "from a library"} <= set(client.log)


def test_a_client_that_does_not_read_stops_the_reading_and_nothing_else() -> None:
    """T27: many megabytes of answers wait their turn, and all arrive once the client reads."""
    with StdioClient(read_at_once=False) as client:
        client.request("initialize", {"processId": os.getpid(), "capabilities": {}})
        client.open(URI, "x" * 1_000_000)
        ids = [client.request("workspace/executeCommand", {"command": "pylot.status"}) for _ in range(40)]
        client.start_reading()

        assert all("result" in client.answer(it) for it in ids)
