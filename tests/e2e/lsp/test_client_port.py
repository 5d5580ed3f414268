"""What the session tells the user reaches the client, as far as the client can show it."""

from __future__ import annotations

from tests.support.stdio_client import JsonObject, StdioClient


def params_of(client: StdioClient, method: str) -> JsonObject:
    params = client.wait_for(lambda it: it.get("method") == method)["params"]
    assert isinstance(params, dict)
    return params


def test_messages_wait_until_the_client_is_ready_and_progress_until_it_agrees() -> None:
    capabilities = {"window": {"workDoneProgress": True}, "experimental": {"pylot": True}}
    with StdioClient() as client:
        client.initialize(capabilities, initializationOptions={"shout": True})
        shown = params_of(client, "window/showMessage")
        problems = params_of(client, "textDocument/publishDiagnostics")
        create = client.wait_for(lambda it: it.get("method") == "window/workDoneProgress/create")
        client.send({"jsonrpc": "2.0", "id": create["id"], "result": None})
        begun = params_of(client, "$/progress")
        client.notify("workspace/didChangeConfiguration", {"settings": {}})
        reported, ended = params_of(client, "$/progress"), params_of(client, "$/progress")

        assert shown == {"type": 2, "message": "You asked for it."}
        assert problems["uri"] == "file:///home/pylot.toml"
        assert [it["range"]["start"]["line"] for it in problems["diagnostics"]] == [2]
        assert begun["token"] == ended["token"] == create["params"]["token"]
        assert begun["value"] == {"kind": "begin", "title": "Working", "message": "half", "percentage": 50}
        assert reported["value"] == {"kind": "report", "message": "nearly", "percentage": 90}
        assert ended["value"] == {"kind": "end", "message": "done"}
        assert params_of(client, "pylot/status") == {"kind": "Normal", "message": "Ready."}


def test_a_client_that_declares_nothing_gets_no_progress_and_no_status() -> None:
    with StdioClient() as client:
        client.initialize(initializationOptions={"shout": True})
        client.ask("shutdown")
        client.notify("exit")
        client.exit_code()

        assert {it.get("method") for it in client.remaining()} == {
            "window/showMessage",
            "textDocument/publishDiagnostics",
        }
