"""Code actions as editors ask for them, with the real server (K5, L2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editor import LEAVE_AT_ONCE, Editor, Home
from tests.support.stdio_client import JsonObject

TEXT = "def total(rows):\n    return sum(rows) + len('é')\n"
LITERALS: JsonObject = {"codeActionKind": {"valueSet": ["refactor"]}}
RESOLVING: JsonObject = {
    "textDocument": {
        "inlineCompletion": {},
        "codeAction": {
            "codeActionLiteralSupport": LITERALS,
            "dataSupport": True,
            "disabledSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}},
}


def asked(uri: str, line: int, start: int, end: int, **context: object) -> JsonObject:
    """Return the parameters of a request for a selection."""
    span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    return {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": [], **context}}


def test_an_action_is_resolved_to_one_versioned_edit(home: Home, tmp_path: Path) -> None:
    uri = (tmp_path / "shop.py").as_uri()
    with Editor() as editor:
        capabilities = editor.start(RESOLVING)
        editor.show(uri, TEXT)
        actions = editor.ask("textDocument/codeAction", asked(uri, 1, 11, 20, only=["refactor.extract"]))
        resolved = editor.ask("codeAction/resolve", actions[0])
        refused = editor.ask("textDocument/codeAction", asked(uri, 1, 11, 14))
        editor.type("#")
        stale = editor.answer(editor.request("codeAction/resolve", actions[0]))["error"]
        editor.leave()

    assert capabilities["codeActionProvider"]["resolveProvider"] is True
    assert [(each["title"], each["kind"]) for each in actions] == [
        ("Extract variable", "refactor.extract"),
        ("Extract function", "refactor.extract"),
    ]
    [change] = resolved["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert [each["newText"] for each in change["edits"]] == ["sum_2 = sum(rows)\n    ", "sum_2"]
    assert all("edit" not in each for each in refused)
    assert (stale["code"], stale["message"]) == (-32803, "The document has changed since this was offered; ask again.")


def test_what_is_refused_is_shown_where_the_editor_shows_it(home: Home) -> None:
    with Editor() as editor:
        editor.start(RESOLVING)
        editor.show("file:///nowhere/a.py", "def f(a):\n    return a and g(a)\n")
        [action, *_] = editor.ask("textDocument/codeAction", asked(editor.uri, 1, 17, 21))
        editor.leave()

    assert action["disabled"]["reason"].startswith("This is only worked out sometimes")


def test_a_client_that_resolves_nothing_is_sent_the_edit(home: Home) -> None:
    with Editor() as editor:
        editor.start({"textDocument": {"codeAction": {}}})
        editor.show("file:///nowhere/a.py", TEXT)
        [command, *_] = editor.ask("textDocument/codeAction", asked(editor.uri, 1, 11, 20))
        call = {"command": command["command"], "arguments": command["arguments"]}
        running = editor.request("workspace/executeCommand", call)
        request = editor.wait_for(lambda message: message.get("method") == "workspace/applyEdit")
        editor.send({"jsonrpc": "2.0", "id": request["id"], "result": {"applied": True}})
        answer = editor.answer(running)
        editor.leave()

    assert command["title"] == "Extract variable"
    assert list(request["params"]["edit"]["changes"]) == [editor.uri]
    assert answer["result"] == {"applied": True, "label": "Extract variable"}


def test_moving_makes_a_file_where_the_editor_can(home: Home, tmp_path: Path) -> None:
    uri = (tmp_path / "shop.py").as_uri()
    with Editor() as editor:
        editor.start(RESOLVING)
        editor.show(uri, TEXT)
        [action] = editor.ask("textDocument/codeAction", asked(uri, 0, 5, 5, only=["refactor.move"]))
        edit = editor.ask("codeAction/resolve", action)["edit"]
        (tmp_path / "total.py").write_text("")
        taken = editor.answer(editor.request("codeAction/resolve", action))["error"]
        editor.leave()

    assert [each.get("kind", each.get("textDocument")) for each in edit["documentChanges"]] == [
        {"uri": uri, "version": 1}, "create", {"uri": (tmp_path / "total.py").as_uri(), "version": None},
    ]  # fmt: skip
    assert taken["message"] == "There is a file called total.py already."


def test_a_signature_changes_in_open_and_closed_files(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file of the workspace that calls the function changes with it, in one edit."""
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    home.configure(f"{LEAVE_AT_ONCE}[index]\nvectors = false\nidle_seconds = 0.1\n")
    root = (tmp_path / "work").resolve()
    root.mkdir()
    shop, closed, opened = root / "shop.py", root / "closed.py", root / "opened.py"
    text = "def total(rows, rate=1):\n    return sum(rows)\n"
    shop.write_text(text)
    closed.write_text("import shop\nshop.total([], 2)\n")
    opened.write_text("")
    with Editor() as editor:
        editor.start(RESOLVING, workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
        editor.show(shop.as_uri(), text)
        editor.show(opened.as_uri(), "from shop import total\ntotal([], rate=3)\n")
        while [each["phase"] for each in editor.command("pylot.index.status")] not in (["current"], ["embedding"]):
            pass
        offered = editor.ask("textDocument/codeAction", asked(shop.as_uri(), 0, 17, 17, only=["refactor.rewrite"]))
        remove = next(each for each in offered if each["title"] == "Remove parameter rate")
        edit = editor.ask("codeAction/resolve", remove)["edit"]
        editor.leave()

    changed = {Path(each["textDocument"]["uri"]).name: each for each in edit["documentChanges"]}
    assert {name: each["textDocument"]["version"] for name, each in changed.items()} == {
        "shop.py": 1, "opened.py": 1, "closed.py": None,
    }  # fmt: skip
    [call] = changed["closed.py"]["edits"]
    assert call["range"] == {"start": {"line": 1, "character": 13}, "end": {"line": 1, "character": 16}}
