"""Code actions that ask a model, through the real server and a scripted model server (K4, L4, L5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_server import ChatServer
from tests.support.editor import LEAVE_AT_ONCE, Editor, Home
from tests.support.random_gguf import CHAT_TEMPLATE, RandomModels, Shape
from tests.support.stdio_client import JsonObject

ACTIONS: JsonObject = {
    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}},
    "resolveSupport": {"properties": ["edit"]},
    "dataSupport": True,
    "disabledSupport": True,
    "isPreferredSupport": True,
    "honorsChangeAnnotations": True,
    "tagSupport": {"valueSet": [1]},
}
FULL: JsonObject = {
    "textDocument": {"inlineCompletion": {}, "codeAction": ACTIONS},
    "workspace": {
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
        "applyEdit": True,
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}
BARE: JsonObject = {"textDocument": {"inlineCompletion": {}}, "workspace": {"applyEdit": True}}
STUB = "def area(w, h):\n    ‸pass\n"
GOOD = "Sure:\n\n```python\ndef area(w, h):\n    return w * h\n```\n"


class ActionEditor(Editor):
    """Asks for code actions, and does what the server then asks for."""

    def actions(self, findings: list[JsonObject] | None = None, **context: Any) -> list[JsonObject]:
        """Return what is offered at the cursor."""
        place = {"line": self.line, "character": self.character}
        params = {
            "textDocument": {"uri": self.uri},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": findings or [], "triggerKind": 1, **context},
        }
        found = self.ask("textDocument/codeAction", params)
        assert isinstance(found, list)
        return found

    def choose(self, title: str, **context: Any) -> int:
        """Run the command of an offer and return the request's id."""
        action = next(each for each in self.actions(**context) if each["title"] == title)
        command = action["command"] if isinstance(action["command"], dict) else action
        return self.request("workspace/executeCommand", {name: command[name] for name in ("command", "arguments")})

    def asked_by_server(self, method: str, result: object) -> Any:
        """Answer the next request of a method and return its parameters."""
        message = self.wait_for(lambda it: it.get("method") == method)
        self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        return message["params"]

    def progress(self, kind: str) -> JsonObject:
        """Return the next progress report of a kind."""
        message = self.wait_for(lambda it: it.get("method") == "$/progress" and it["params"]["value"]["kind"] == kind)
        params = message["params"]
        assert isinstance(params, dict)
        return params


def opened(editor: ActionEditor, root: Path, text: str = STUB, capabilities: JsonObject = FULL) -> str:
    """Start in a workspace with one file and return the file's URI; the model's own progress is out of the way."""
    editor.start(capabilities, workspaceFolders=[{"uri": root.as_uri(), "name": "work"}])
    uri = (root / "shapes.py").as_uri()
    editor.show(uri, text)
    return uri


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    return folder


def served(home: Home, server: ChatServer) -> None:
    home.configure(f"{LEAVE_AT_ONCE}[completion]\nenabled = false\n{server.toml}")


def body_edit(new: str) -> JsonObject:
    span = {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 0}}
    return {"range": span, "newText": new}


def test_a_body_is_written_reviewed_and_reported(home: Home, root: Path) -> None:
    with ChatServer([GOOD]) as server, ActionEditor() as editor:
        served(home, server)
        uri = opened(editor, root)
        offer = next(each for each in editor.actions() if each["title"] == "Write the body of area")
        resolved = editor.ask("codeAction/resolve", offer)
        request = editor.choose("Write the body of area")
        editor.asked_by_server("window/workDoneProgress/create", None)
        begin = editor.progress("begin")["value"]
        applied = editor.asked_by_server("workspace/applyEdit", {"applied": True})
        answer = editor.answer(request)["result"]
        editor.leave()

    assert offer["tags"] == [1]
    assert "data" not in offer
    # VS Code resolves every action that has no edit, also one that runs a command.
    assert resolved == offer
    assert (begin["title"], begin["cancellable"]) == ("Pylot: Write the body of area", True)
    [change] = applied["edit"]["documentChanges"]
    [edit] = change["edits"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert edit["newText"].strip() == "return w * h"
    assert edit["range"]["start"]["line"] == 1
    [annotation] = applied["edit"]["changeAnnotations"].values()
    assert annotation == {"label": "Write the body of area", "needsConfirmation": True}
    assert answer == {"applied": True, "label": "Write the body of area"}
    assert "def area(w, h):" in server.asked[0][-1]["content"]


def test_a_client_that_can_nothing_gets_one_plain_edit(home: Home, root: Path) -> None:
    with ChatServer([GOOD]) as server, ActionEditor() as editor:
        served(home, server)
        uri = opened(editor, root, capabilities=BARE)
        request = editor.choose("Write the body of area")
        applied = editor.asked_by_server("workspace/applyEdit", {"applied": True})
        editor.answer(request)
        editor.leave()

    assert list(applied["edit"]) == ["changes"]
    assert [each["newText"].strip() for each in applied["edit"]["changes"][uri]] == ["return w * h"]


def test_the_user_ends_it_and_nothing_is_changed(home: Home, root: Path) -> None:
    with ChatServer([GOOD], held=True) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        request = editor.choose("Write the body of area")
        editor.asked_by_server("window/workDoneProgress/create", None)
        token = editor.progress("begin")["token"]
        assert server.begun.wait(30)
        editor.notify("window/workDoneProgress/cancel", {"token": token})
        error = editor.answer(request)["error"]
        end = editor.progress("end")["value"]
        server.go_on.set()
        editor.leave()
        edits = [each for each in editor.remaining() if each.get("method") == "workspace/applyEdit"]

    assert error == {"code": -32800, "message": "It was cancelled, and nothing was changed."}
    assert end["message"] == error["message"]
    assert edits == []


def test_a_document_that_changed_meanwhile_is_left_alone(home: Home, root: Path) -> None:
    with ChatServer([GOOD], held=True) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        request = editor.choose("Write the body of area")
        assert server.begun.wait(30)
        editor.type("x")
        server.go_on.set()
        error = editor.answer(request)["error"]
        editor.leave()
        edits = [each for each in editor.remaining() if each.get("method") == "workspace/applyEdit"]

    assert error["code"] == -32801
    assert edits == []


def test_an_editor_that_cannot_make_the_change_is_one_sentence(home: Home, root: Path) -> None:
    with ChatServer([GOOD]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        request = editor.choose("Write the body of area")
        asked = editor.wait_for(lambda it: it.get("method") == "workspace/applyEdit")
        error = {"code": -32601, "message": "No such method."}
        editor.send({"jsonrpc": "2.0", "id": asked["id"], "error": error})
        answer = editor.answer(request)["error"]
        editor.leave()

    assert answer == {"code": -32803, "message": "Your editor did not make the change."}


def test_choosing_the_same_again_asks_for_another_answer(home: Home, root: Path) -> None:
    """What was refused or put away is not given out again (K4)."""
    with ChatServer(["No.", "No.", GOOD, GOOD.replace("w * h", "h * w")]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        refused = editor.answer(editor.choose("Write the body of area"))["error"]["message"]
        bodies = []
        for _ in range(2):
            request = editor.choose("Write the body of area")
            applied = editor.asked_by_server("workspace/applyEdit", {"applied": False})
            bodies.append(applied["edit"]["documentChanges"][0]["edits"][0]["newText"].strip())
            editor.answer(request)
        editor.leave()

    assert refused.endswith(".")
    assert bodies == ["return w * h", "return h * w"]


def test_tests_go_into_a_new_file(home: Home, root: Path) -> None:
    tests = "```python\nfrom shapes import area\n\ndef test_area():\n    assert area(2, 3) == 6\n```"
    with ChatServer([tests]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root, "def area(w, h):\n    ‸return w * h\n")
        request = editor.choose("Write tests for area")
        applied = editor.asked_by_server("workspace/applyEdit", {"applied": True})
        answer = editor.answer(request)["result"]
        editor.leave()

    create, change = applied["edit"]["documentChanges"]
    assert (create["kind"], create["uri"]) == ("create", (root / "tests" / "test_shapes.py").as_uri())
    assert change["edits"][0]["newText"].endswith("def test_area():\n    assert area(2, 3) == 6\n")
    assert answer["label"] == "Write 1 test for area, not run yet"


def test_an_explanation_is_shown_as_a_page(home: Home, root: Path) -> None:
    with ChatServer(["It multiplies."]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        answer = editor.answer(editor.choose("Explain area"))["result"]
        shown = editor.asked_by_server("window/showDocument", {"success": True})
        page = Path(shown["uri"].removeprefix("file://")).read_text()
        editor.leave()

    assert page == answer["text"] == "# shapes.py, line 1\n\nIt multiplies.\n"


def test_problems_are_diagnostics(home: Home, root: Path) -> None:
    found = {"problems": [{"line": 2, "severity": "warning", "message": "Does nothing."}]}
    with ChatServer([json.dumps(found)]) as server, ActionEditor() as editor:
        served(home, server)
        uri = opened(editor, root)
        answer = editor.answer(editor.choose("Find problems in area"))["result"]
        published = editor.wait_for(lambda it: it.get("method") == "textDocument/publishDiagnostics")["params"]
        editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        closed = editor.wait_for(lambda it: it.get("method") == "textDocument/publishDiagnostics")["params"]
        editor.leave()

    [problem] = published["diagnostics"]
    assert published["uri"] == uri
    assert (problem["message"], problem["source"], problem["severity"]) == ("Does nothing.", "Pylot", 2)
    assert problem["range"] == {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 8}}
    assert answer["problems"] == [problem]
    assert closed == {"uri": uri, "diagnostics": []}


def test_a_fix_is_offered_for_the_editors_own_diagnostic(home: Home, root: Path) -> None:
    span = {"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 12}}
    finding = {"range": span, "message": "undefined name 'b'", "source": "pyflakes"}
    with ChatServer(["```python\ndef f(a):\n    return a\n```"]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root, "def f(a):\n    return ‸b\n")
        [offer] = [each for each in editor.actions([finding], only=["quickfix"]) if "Fix" in each["title"]]
        request = editor.choose(offer["title"], findings=[finding])
        applied = editor.asked_by_server("workspace/applyEdit", {"applied": True})
        editor.answer(request)
        editor.leave()

    assert offer["diagnostics"] == [finding]
    assert applied["edit"]["documentChanges"][0]["edits"][0]["newText"].strip() == "return a"


def test_a_model_server_that_is_not_there_is_one_sentence(home: Home, root: Path) -> None:
    server = ChatServer([])
    served(home, server)
    with server:
        pass
    with ActionEditor() as editor:
        opened(editor, root)
        error = editor.answer(editor.choose("Explain area"))["error"]
        editor.leave()

    assert error["message"].count(".") >= 1
    assert "Traceback" not in error["message"]


def test_an_excluded_file_goes_nowhere(home: Home, root: Path) -> None:
    (root / ".pylotignore").write_text("shapes.py\n")
    with ChatServer([GOOD]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        error = editor.answer(editor.choose("Explain area"))["error"]
        editor.leave()

    assert error["message"] == "The file is named in .pylotignore."
    assert server.asked == []


def test_a_model_of_pylots_own_engine_that_speaks_nonsense_changes_nothing(
    home: Home, root: Path, random_model: RandomModels
) -> None:
    """The whole way to a chat model in the engine and back."""
    model = random_model(Shape(context=2_048, chat_template=CHAT_TEMPLATE))
    home.use_model(model, completion="enabled = false", engine="context = 2048\n")
    with ActionEditor() as editor:
        opened(editor, root)
        error = editor.answer(editor.choose("Write the body of area"))["error"]
        editor.leave()
        edits = [each for each in editor.remaining() if each.get("method") == "workspace/applyEdit"]

    assert error["message"].endswith(".")
    assert edits == []
