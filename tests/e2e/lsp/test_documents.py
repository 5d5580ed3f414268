"""T2 through the protocol, and how documents, folders and settings reach the session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.stdio_client import JsonObject, StdioClient, at

URI = "file:///a.py"
NOTHING: JsonObject = {"items": []}


def change(client: StdioClient, version: object, *changes: object) -> None:
    document = {"uri": URI, "version": version}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})


def edit(start: tuple[Any, Any], end: tuple[Any, Any], text: object = "x") -> JsonObject:
    places = [{"line": line, "character": character} for line, character in (start, end)]
    return {"range": {"start": places[0], "end": places[1]}, "text": text}


def status(client: StdioClient) -> JsonObject:
    result = client.ask("workspace/executeCommand", {"command": "pylot.status"})
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_places_are_counted_in_the_encoding_that_the_client_offers_first(encoding: str, character: int) -> None:
    with StdioClient() as client:
        capabilities = client.initialize({"general": {"positionEncodings": ["utf-7", encoding, "utf-16"]}})
        client.open(URI, "é😀\u2028\f\nb")
        change(client, 2, edit((0, character), (0, character), "!"), edit((1, 1), (1, 1), "?"))

        assert capabilities["positionEncoding"] == encoding
        assert status(client)["texts"] == {URI: "é😀!\u2028\f\nb?"}


def test_a_document_in_doubt_gets_no_completion_until_it_is_sent_whole() -> None:
    """T2: hostile changes never raise, and never lead to a suggestion for a wrong text."""
    hostile: list[tuple[object, object]] = [
        (2, edit((1, 0), (0, 0))),
        (2, edit((0, 1), (0, 2))),
        (2, edit((5, 0), (5, 0))),
        (1, edit((0, 0), (0, 0))),
        (0, edit((0, 0), (0, 0))),
        (2, edit((-1, 0), (0, 0))),
        (2, edit((0, "0"), (0, 0))),
        (2, edit((0, 0), (0, 0), 5)),
        (2, {"range": 5, "text": ""}),
        (2, None),
        (None, edit((0, 0), (0, 0))),
        ("2", edit((0, 0), (0, 0))),
    ]
    with StdioClient() as client:
        client.initialize()
        for version, item in hostile:
            client.open(URI, "a😀")
            assert client.ask("textDocument/inlineCompletion", at(URI, 0, 1))["items"], item
            change(client, version, item)
            assert client.ask("textDocument/inlineCompletion", at(URI, 0, 1)) == NOTHING, item
            assert client.ask("textDocument/completion", at(URI, 0, 1))["items"] == [], item
            change(client, 9, {"text": "b"})
            assert client.ask("textDocument/inlineCompletion", at(URI, 0, 1))["items"], item


def test_documents_that_are_not_open_get_no_completion() -> None:
    """T2: change before open, close and then change."""
    with StdioClient() as client:
        client.initialize()
        change(client, 1, {"text": "a"})
        assert client.ask("textDocument/inlineCompletion", at(URI, 0, 1)) == NOTHING
        client.open(URI, "a")
        client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
        change(client, 2, {"text": "a"})
        assert client.ask("textDocument/inlineCompletion", at(URI, 0, 1)) == NOTHING

        assert status(client)["texts"] == {}


def test_folders_and_settings_reach_the_session() -> None:
    folder = {"uri": "file:///home/a%20b", "name": "a"}
    with StdioClient() as client:
        client.initialize(
            workspaceFolders=[folder],
            initializationOptions={"pylot": {"a": 1}},
            clientInfo={"name": "Neovim", "version": "0.12"},
        )
        first = status(client)
        change_event = {"added": [{"uri": "file:///c"}, {"uri": "untitled:x"}, 5], "removed": [folder]}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": change_event})
        client.notify("workspace/didChangeConfiguration", {"settings": {"b": 2}})
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.notify("workspace/didChangeConfiguration", {"settings": 5})
        second = status(client)

    assert (first["folders"], first["settings"], first["debounces"]) == (["/home/a b"], {"a": 1}, True)
    assert (second["folders"], second["settings"]) == (["/c"], {"b": 2})
    assert second["heavy"] == []


def test_a_full_garbage_collection_has_little_to_do() -> None:
    """With all that was imported it would hold up the event loop for 50 ms (issue 5 allows 30)."""
    with StdioClient() as client:
        client.initialize()
        collectable = status(client)["collectable"]

    assert collectable < 10_000


def test_settings_are_pulled_where_the_client_keeps_them() -> None:
    workspace = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
    with StdioClient() as client:
        client.initialize({"workspace": workspace})
        registration = client.wait_for(lambda it: it.get("method") == "client/registerCapability")
        client.send({"jsonrpc": "2.0", "id": registration["id"], "error": {"code": -32601, "message": "no"}})
        for settings, expected in (([{"a": 1}], {"a": 1}), ([None], {"a": 1}), ([{"a": 2}], {"a": 2})):
            # A hang here is the failure: the settings never arrived.
            pull = client.wait_for(lambda it: it.get("method") == "workspace/configuration")
            assert pull["params"] == {"items": [{"section": "pylot"}]}
            client.send({"jsonrpc": "2.0", "id": pull["id"], "result": settings})
            while status(client)["settings"] != expected:
                continue
            client.notify("workspace/didChangeConfiguration", {"settings": None})
