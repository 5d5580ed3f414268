"""Ghost text and completion lists through the protocol."""

from __future__ import annotations

from typing import Any

from pylot.lsp.errors import ErrorCode
from tests.support.stdio_client import JsonObject, StdioClient, at

URI = "file:///a.py"


def inline(line: int, character: int, **more: Any) -> JsonObject:
    return {**at(URI, line, character), "context": {"triggerKind": 2}, **more}


def calls(client: StdioClient, name: str) -> list[list[object]]:
    seen = client.ask("workspace/executeCommand", {"command": "pylot.status"})["calls"]
    return [it[1:] for it in seen if it[0] == name]


def test_ghost_text_replaces_a_range_in_the_clients_encoding() -> None:
    with StdioClient() as client:
        capabilities = client.initialize({"textDocument": {"inlineCompletion": {}}})
        client.open(URI, "é\n  😀é")
        [item] = client.ask("textDocument/inlineCompletion", inline(1, 5))["items"]
        [accepted] = item["command"]["arguments"]

        assert capabilities["inlineCompletionProvider"] == {}
        assert "completionProvider" not in capabilities
        assert item["insertText"] == "😀é!"
        assert item["range"] == {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 5}}

        client.ask("workspace/executeCommand", {"command": item["command"]["command"], "arguments": [accepted]})
        client.notify("textDocument/didShowCompletion", {"item": item})
        client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 3})
        client.notify("textDocument/didPartiallyAcceptCompletion", {"item": {}, "acceptedLength": 3})
        client.notify("textDocument/didDismissCompletion", {"item": item})
        client.notify("textDocument/didDismissCompletion", {"item": {}})
        client.notify("textDocument/didFocus", {"textDocument": {"uri": URI}})
        client.notify("textDocument/didFocus", {})
        assert calls(client, "accepted") == calls(client, "shown") == calls(client, "dismissed") == [[accepted]]
        assert calls(client, "partly accepted") == [[accepted, 2]]
        assert calls(client, "opened") == [[URI], [URI]]


def test_nothing_hides_ghost_text_and_null_keeps_it() -> None:
    """A superseded request, and one for a version that is gone, is answered by null."""
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "#nothing\n#slow\nfoo", version=3)
        assert client.ask("textDocument/inlineCompletion", inline(0, 8)) == {"items": []}

        waiting = client.request("textDocument/inlineCompletion", inline(1, 5))
        newer = client.request("textDocument/inlineCompletion", inline(2, 3))
        assert client.answer(waiting)["result"] is None
        assert client.answer(newer)["result"]["items"]

        seen = {"textDocument": {"uri": URI, "version": 3}}
        assert client.ask("textDocument/inlineCompletion", inline(2, 3) | seen)["items"]
        seen["textDocument"]["version"] = 2
        assert client.ask("textDocument/inlineCompletion", inline(2, 3) | seen) is None


def test_an_answer_for_a_version_that_is_gone_is_not_shown() -> None:
    """T9: the document changes while the request is at work."""
    changed = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "#changed!"}]}
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "#changed")
        waiting = client.request("textDocument/inlineCompletion", inline(0, 8))
        client.notify("textDocument/didChange", changed)

        assert client.answer(waiting)["result"] is None


def test_a_cancelled_request_is_answered_at_once_and_its_work_stops() -> None:
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "#slow")
        waiting = client.request("textDocument/inlineCompletion", inline(0, 5))
        assert calls(client, "complete")
        client.notify("$/cancelRequest", {"id": waiting})
        client.notify("$/cancelRequest", {"id": waiting})

        assert client.answer(waiting)["error"]["code"] == ErrorCode.REQUEST_CANCELLED
        assert calls(client, "cancelled") == [[1]]


def test_an_id_in_use_is_refused_and_both_requests_are_answered() -> None:
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "#slow")
        request = {"jsonrpc": "2.0", "id": "x", "method": "textDocument/inlineCompletion", "params": inline(0, 5)}
        client.send(request)
        client.send(request)
        assert client.answer("x")["error"]["code"] == ErrorCode.INVALID_REQUEST
        client.notify("$/cancelRequest", {"id": "x"})

        assert client.answer("x")["error"]["code"] == ErrorCode.REQUEST_CANCELLED


def test_what_copilots_clients_add_is_used() -> None:
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "foo")
        for options in ({"tabSize": 2, "insertSpaces": False}, {"tabSize": 0}, 5):
            client.ask("textDocument/inlineCompletion", inline(0, 3, formattingOptions=options, unknown=1))
        client.ask("textDocument/inlineCompletion", {**at(URI, 0, 3), "context": {"triggerKind": 1}})

        tab_sizes = [2, 4, 4, 4]
        triggers = ["automatic", "automatic", "automatic", "invoked"]
        expected = [[1, 3, trigger, size] for trigger, size in zip(triggers, tab_sizes, strict=True)]
        assert calls(client, "complete") == expected


def test_a_client_without_ghost_text_gets_a_list_within_the_budget() -> None:
    with StdioClient() as client:
        capabilities = client.initialize()
        client.open(URI, "  foo #lines\n#slow")
        found = client.ask("textDocument/completion", at(URI, 0, 12))
        late = client.ask("textDocument/completion", at(URI, 1, 5))

        assert "completionProvider" in capabilities
        assert found["isIncomplete"] is True
        assert [it["textEdit"]["newText"] for it in found["items"]] == ["foo #lines!\n  next\n"]
        assert late == {"isIncomplete": True, "items": []}
        assert calls(client, "cancelled") == []
