"""`pylot.commitMessage` writes about what is staged, shows that it is at it, and can be ended (K4)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.session.test_model_actions import FULL, ActionEditor, served
from tests.support.chat_server import ChatServer
from tests.support.editor import Home
from tests.support.stdio_client import JsonObject

COMMAND = "pylot.commitMessage"
ANSWER = "Add a\n\nIt was missing."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace folder that is no repository, with one in it."""
    inner = (tmp_path / "work" / "inner").resolve()
    inner.mkdir(parents=True)
    (inner / "a.py").write_text("a = 1\n")
    (inner / ".env").write_text("KEY=1\n")
    for arguments in (["init", "-q"], ["add", "-f", "."]):
        subprocess.run(["git", *arguments], cwd=inner, check=True)
    return inner.parent


def opened(editor: ActionEditor, *folders: Path) -> None:
    editor.start(FULL, workspaceFolders=[{"uri": each.as_uri(), "name": each.name} for each in folders])


def sentence(editor: ActionEditor, *arguments: object) -> str:
    error = editor.answer(editor.request("workspace/executeCommand", {"command": COMMAND, "arguments": [*arguments]}))
    return str(error["error"]["message"])


def test_a_message_for_a_repository_in_the_workspace(home: Home, root: Path) -> None:
    with ChatServer([ANSWER]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root)
        call: JsonObject = {"command": COMMAND, "arguments": [{"folder": (root / "inner").as_uri()}]}
        request = editor.request("workspace/executeCommand", call)
        editor.asked_by_server("window/workDoneProgress/create", None)
        begin = editor.progress("begin")["value"]
        answer = editor.answer(request)["result"]
        refused = [sentence(editor), sentence(editor, str(root.parent)), sentence(editor, str(root / "nowhere"))]
        editor.leave()

    asked = server.asked[0][-1]["content"]
    assert answer == {"message": ANSWER, "leftOut": 1}
    assert (begin["title"], begin["cancellable"]) == ("Pylot: Write a commit message", True)
    assert ("+a = 1" in asked, "KEY" in asked) == (True, False)
    assert refused == ["This folder is in no git repository.", *["This folder is not in the workspace."] * 2]


def test_it_can_be_ended(home: Home, root: Path) -> None:
    with ChatServer([ANSWER], held=True) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor, root / "inner")
        request = editor.request("workspace/executeCommand", {"command": COMMAND, "arguments": []})
        editor.asked_by_server("window/workDoneProgress/create", None)
        token = editor.progress("begin")["token"]
        assert server.begun.wait(30)
        editor.notify("window/workDoneProgress/cancel", {"token": token})
        error = editor.answer(request)["error"]
        server.go_on.set()
        editor.leave()

    assert error == {"code": -32800, "message": "It was cancelled, and nothing was changed."}


def test_without_a_folder_there_is_nothing_to_describe(home: Home) -> None:
    with ChatServer([ANSWER]) as server, ActionEditor() as editor:
        served(home, server)
        opened(editor)
        refused = sentence(editor)
        editor.leave()

    assert refused == "No folder is open whose changes could be described."
