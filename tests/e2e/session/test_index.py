"""The index as an editor sees it: questions, status, and what was saved a moment ago (L3, issue 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.editor import LEAVE_AT_ONCE, Editor, Home
from tests.support.stdio_client import JsonObject

CODE = "def {0}():\n    pass\n"
CAPABILITIES: JsonObject = {
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


@pytest.fixture
def workspace(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    home.configure(f"{LEAVE_AT_ONCE}[index]\nvectors = false\nidle_seconds = 0.1\n")
    root = (tmp_path / "my work").resolve()
    root.mkdir()
    (root / "fruit.py").write_text(CODE.format("banana"))
    return root


def started(editor: Editor, root: Path) -> None:
    editor.start(CAPABILITIES, workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])


def search(editor: Editor, question: object) -> list[Any]:
    """Return the hits of a question, as soon as there are any."""
    while not (hits := editor.command("pylot.search", question)["hits"]):
        pass
    assert isinstance(hits, list)
    return hits


def accept_requests(editor: Editor, method: str) -> JsonObject:
    """Wait for a request of the server's."""
    return editor.wait_for(lambda message: message.get("method") == method and "id" in message)


def test_a_question_is_answered_with_places(workspace: Path) -> None:
    with Editor() as editor:
        started(editor, workspace)
        [hit] = search(editor, "banana")
        [status] = editor.command("pylot.index.status")
        everything = editor.command("pylot.status")["index"]
        editor.leave()

    assert hit["uri"] == (workspace / "fruit.py").as_uri()
    assert hit["range"] == {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}
    assert (hit["path"], hit["symbol"], hit["kind"]) == ("fruit.py", "banana", "function")
    assert hit["reason"]
    assert (status["root"], status["files"], status["clients"]) == (str(workspace), 1, 1)
    assert everything[0]["root"] == str(workspace)


def test_what_was_saved_and_what_was_deleted_counts(workspace: Path) -> None:
    with Editor() as editor:
        started(editor, workspace)
        search(editor, "banana")
        new = workspace / "new.py"
        new.write_text(CODE.format("cherry"))
        editor.notify("textDocument/didSave", {"textDocument": {"uri": new.as_uri()}})
        [hit] = search(editor, "cherry")
        new.unlink()
        change = {"uri": new.as_uri(), "type": 3}
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
        while editor.command("pylot.search", "cherry")["hits"]:
            pass
        editor.leave()

    assert hit["path"] == "new.py"


def test_code_like_a_selection_and_a_filter(workspace: Path) -> None:
    (workspace / "other.py").write_text(CODE.format("banana_split"))
    (workspace / "other.md").write_text("# banana\n")
    selected = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 8}}
    with Editor() as editor:
        started(editor, workspace)
        search(editor, {"text": "split", "languages": ["py"]})
        uri = (workspace / "fruit.py").as_uri()
        editor.show(uri, CODE.format("banana"))
        like = search(editor, {"like": {"textDocument": {"uri": uri}, "range": selected}, "languages": ["py"]})
        only = search(editor, {"text": "banana", "paths": ["*.md"]})
        editor.leave()

    assert [hit["path"] for hit in like] == ["other.py"]
    assert [hit["path"] for hit in only] == ["other.md"]


def test_an_editor_without_a_list_lets_the_user_choose(workspace: Path) -> None:
    with Editor() as editor:
        started(editor, workspace)
        search(editor, "banana")
        editor.command("pylot.search", {"text": "banana", "show": True})
        asked = accept_requests(editor, "window/showMessageRequest")
        [action] = asked["params"]["actions"]
        editor.send({"jsonrpc": "2.0", "id": asked["id"], "result": action})
        shown = accept_requests(editor, "window/showDocument")
        editor.send({"jsonrpc": "2.0", "id": shown["id"], "result": {"success": True}})
        editor.leave()

    assert action["title"] == "banana (fruit.py:1)"
    assert shown["params"]["uri"] == (workspace / "fruit.py").as_uri()


def test_pause_rebuild_and_go_on(workspace: Path) -> None:
    with Editor() as editor:
        started(editor, workspace)
        search(editor, "banana")
        editor.command("pylot.index.pause")
        [paused] = editor.command("pylot.index.status")
        editor.command("pylot.index.pause", False)
        editor.command("pylot.index.rebuild")
        found = search(editor, "banana")
        editor.leave()

    assert paused["phase"] == "paused"
    assert len(found) == 1


def test_without_an_index_the_user_hears_why_and_nonsense_is_refused(home: Home) -> None:
    nonsense: list[tuple[str, object]] = [
        ("pylot.search", 5), ("pylot.search", {"like": 5}), ("pylot.index.pause", "yes"),
        ("pylot.search", {"like": {"textDocument": {"uri": "file:///nowhere"}, "range": None}}),
    ]  # fmt: skip
    with Editor() as editor:
        editor.start(CAPABILITIES)
        asked = editor.refused("workspace/executeCommand", {"command": "pylot.search", "arguments": ["banana"]})
        refused = {
            editor.refused("workspace/executeCommand", {"command": command, "arguments": [argument]})
            for command, argument in nonsense
        }
        status = editor.command("pylot.index.status")
        editor.leave()

    assert (asked, refused, status) == (-32603, {-32602}, [])
