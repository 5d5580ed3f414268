"""Rename as editors ask for it, with the real server and the real index (L2, K5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editor import LEAVE_AT_ONCE, Editor, Home
from tests.support.stdio_client import JsonObject, at

CAPABILITIES: JsonObject = {
    "textDocument": {"inlineCompletion": {}, "rename": {"prepareSupport": True}},
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}
SHOP = "def total(rows, rate=1):\n    rows = list(rows)\n    return sum(rows) * rate\n"


def place(line: int, start: int, end: int) -> JsonObject:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def test_a_local_name_with_versioned_edits(home: Home, tmp_path: Path) -> None:
    uri = (tmp_path / "shop.py").as_uri()
    with Editor() as editor:
        capabilities = editor.start(CAPABILITIES)
        editor.show(uri, SHOP)
        prepared = editor.ask("textDocument/prepareRename", at(uri, 1, 16))
        edit = editor.ask("textDocument/rename", {**at(uri, 1, 16), "newName": "lines"})
        taken = editor.answer(editor.request("textDocument/rename", {**at(uri, 1, 4), "newName": "rate"}))["error"]
        nothing = editor.answer(editor.request("textDocument/prepareRename", at(uri, 2, 2)))["error"]
        editor.leave()

    ranges = [place(0, 10, 14), place(1, 4, 8), place(1, 16, 20), place(2, 15, 19)]
    assert capabilities["renameProvider"] == {"prepareProvider": True}
    assert prepared == place(1, 16, 20)
    assert edit == {
        "documentChanges": [
            {
                "textDocument": {"uri": uri, "version": 1},
                "edits": [{"range": each, "newText": "lines"} for each in ranges],
            }
        ]
    }
    assert taken == {"code": -32803, "message": "The new name is taken in the same scope, on line 1."}
    assert nothing["code"] == -32803


def test_a_client_without_versions_gets_plain_changes(home: Home) -> None:
    with Editor() as editor:
        capabilities = editor.start()
        editor.show("file:///nowhere/a.ts", "const a = '😀', b = [a, a];\n", language="typescript")
        edit = editor.ask("textDocument/rename", {**at(editor.uri, 0, 6), "newName": "c"})
        editor.leave()

    assert capabilities["renameProvider"] is True
    ranges = [place(0, 6, 7), place(0, 21, 22), place(0, 24, 25)]
    assert edit == {"changes": {editor.uri: [{"range": each, "newText": "c"} for each in ranges]}}


def test_every_file_of_the_workspace_that_imports_the_name(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    home.configure(f"{LEAVE_AT_ONCE}[index]\nvectors = false\nidle_seconds = 0.1\n")
    root = (tmp_path / "work").resolve()
    root.mkdir()
    shop, closed, opened = root / "shop.py", root / "closed.py", root / "opened.py"
    shop.write_text(SHOP)
    closed.write_text("import shop\nshop.total([])\n")
    opened.write_text("")
    with Editor() as editor:
        editor.start(CAPABILITIES, workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
        editor.show(shop.as_uri(), SHOP)
        editor.show(opened.as_uri(), "from shop import total\n")
        while [each["phase"] for each in editor.command("pylot.index.status")] not in (["current"], ["embedding"]):
            pass
        edit = editor.ask("textDocument/rename", {**at(shop.as_uri(), 0, 5), "newName": "add"})
        editor.leave()

    changed = {Path(each["textDocument"]["uri"]).name: each for each in edit["documentChanges"]}
    assert {name: each["textDocument"]["version"] for name, each in changed.items()} == {
        "shop.py": 1, "opened.py": 1, "closed.py": None,
    }  # fmt: skip
    assert [each["range"] for each in changed["closed.py"]["edits"]] == [place(1, 5, 10)]
    assert [each["range"] for each in changed["opened.py"]["edits"]] == [place(0, 17, 22)]


def test_without_an_index_what_others_may_import_is_refused(home: Home, tmp_path: Path) -> None:
    uri = (tmp_path / "shop.py").as_uri()
    with Editor() as editor:
        editor.start(CAPABILITIES, workspaceFolders=[{"uri": tmp_path.as_uri(), "name": "work"}])
        editor.show(uri, SHOP)
        refused = editor.answer(editor.request("textDocument/rename", {**at(uri, 0, 5), "newName": "add"}))["error"]
        editor.leave()

    assert refused == {
        "code": -32803,
        "message": "Other files may use this name, and without an index Pylot cannot find them.",
    }


def test_a_member_with_its_places_in_other_files(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    home.configure(f"{LEAVE_AT_ONCE}[index]\nvectors = false\nidle_seconds = 0.1\n")
    root = (tmp_path / "work").resolve()
    root.mkdir()
    cart, closed = root / "cart.py", root / "closed.py"
    text = "class Cart:\n    def total(self): ...\nCart().total()\n"
    cart.write_text(text)
    closed.write_text("from cart import Cart\ndef f(c: Cart): c.total()\n")
    with Editor() as editor:
        editor.start(CAPABILITIES, workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
        editor.show(cart.as_uri(), text)
        while [each["phase"] for each in editor.command("pylot.index.status")] not in (["current"], ["embedding"]):
            pass
        prepared = editor.ask("textDocument/prepareRename", at(cart.as_uri(), 2, 8))
        edit = editor.ask("textDocument/rename", {**at(cart.as_uri(), 2, 8), "newName": "sum"})
        editor.leave()

    changed = {Path(each["textDocument"]["uri"]).name: each["edits"] for each in edit["documentChanges"]}
    assert prepared == place(2, 7, 12)
    assert {name: [each["range"] for each in edits] for name, edits in changed.items()} == {
        "cart.py": [place(1, 8, 13), place(2, 7, 12)], "closed.py": [place(1, 18, 23)],
    }  # fmt: skip
