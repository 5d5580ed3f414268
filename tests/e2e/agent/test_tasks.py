"""Whole tasks through the real language server, with a model by script (A1, A10 to A12, A16, D1 to D5, T24)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pylot.text.uris import path_of
from tests.support.agent_editor import OURS, AgentEditor, applied
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

BEFORE = "def greet():\n    return 'hello'\n"
AFTER = "def greet(name):\n    return f'hello {name}'\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "greet.py").write_text(BEFORE)
    return folder


@pytest.fixture
def home(own_home: Path) -> Home:
    return Home(own_home / "home")


def pylot(*arguments: str) -> Any:
    """Run a command in a process of its own and return what it prints."""
    done = subprocess.run([sys.executable, "-m", "pylot", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def results(model: AgentModel) -> list[str]:
    """Return what the model was told of its calls."""
    return [str(message["content"]) for message in model.asked[-1] if message["role"] == "tool"]


READ_EDIT_RUN: Sequence[Line] = (
    [("file_read", {"path": "greet.py"})],
    [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
    [("shell_exec_safe", {"command": "python3 -c 'print(1)'"})],
    "I changed the greeting, and ran nothing.",
)


def test_a_task_reads_asks_edits_is_denied_and_answers(home: Home, root: Path) -> None:
    with AgentModel(READ_EDIT_RUN) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        begun = editor.command("pylot.agent.run", {"prompt": "Greet by name"})
        edit = editor.asked()
        assert (root / "greet.py").read_text() == BEFORE
        assert edit["params"]["edits"] == [
            {"uri": (root / "greet.py").as_uri(), "before": BEFORE, "after": AFTER}
        ]  # fmt: skip
        editor.reply(edit, {"choice": "once"})
        command = editor.asked()
        assert "python3 -c 'print(1)'" in command["params"]["command"]["text"]
        editor.reply(command, {"choice": "deny", "comment": "not needed"})
        end = editor.until("completed")

        assert (root / "greet.py").read_text() == AFTER
        assert (end["taskId"], end["answer"]) == (begun["taskId"], "I changed the greeting, and ran nothing.")
        assert "def greet()" in results(model)[0]
        assert "not needed" in results(model)[2]
        shown = editor.command("pylot.agent.show", begun["taskId"])
        assert editor.command("pylot.agent.show")["taskId"] == begun["taskId"]
        # Nothing has failed: it cannot be done, and the sentence says why.
        call = {"command": "pylot.agent.show", "arguments": ["task-none"]}
        assert editor.refused("workspace/executeCommand", call) == -32803
        types = [event["type"] for event in shown["events"]]
        assert types.count("tool_approval_requested") == types.count("approval_answered") == 2
        assert types.count("effect_intended") == types.count("effect_finished") == 1
        assert [event["seq"] for event in shown["events"]] == list(range(1, len(types) + 1))
        assert editor.command("pylot.approvals.list")["approvals"] == []
        tools = {tool["id"]: tool["agents"] for tool in editor.command("pylot.tools.list")["tools"]}
        assert (tools["edit_file"], tools["file_read"]) == (["main"], ["main", "coder"])
    assert "hello" not in home.logs()
    assert "print(1)" not in home.logs()


def test_a_whole_task_searches_reads_edits_tests_and_finishes(home: Home, root: Path) -> None:
    """What is asked about is done only after a yes, what reads is done at once, and the log tells all of it."""
    test = "import unittest\nimport greet\n\n\nclass Greets(unittest.TestCase):\n"
    test += "    def test_greets(self):\n        self.assertEqual(greet.greet('Ann'), 'hello Ann')\n"
    (root / "test_greet.py").write_text(test)
    steps = [{"text": "Change the greeting", "status": "in_progress"}, {"text": "Run the tests", "status": "pending"}]
    script: list[Line] = [
        [("update_plan", {"steps": steps}), ("search_files", {"query": "def greet"})],
        [("file_read", {"path": "greet.py"}), ("list_dir", {"path": "."})],
        [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
        [("run_tests", {})],
        [("shell_exec_safe", {"command": "rm -rf build"})],
        "The greeting takes a name, and the test passes.",
    ]
    with AgentModel(script) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", {"prompt": "Greet by name"})["taskId"]
        for tool, choice in (("edit_file", "task"), ("run_tests", "once"), ("shell_exec_safe", "deny")):
            asked = editor.asked()
            assert asked["params"]["tool"] == tool
            editor.reply(asked, {"choice": choice})
        end = editor.until("completed")
        events = editor.command("pylot.agent.show", task)["events"]

    assert end["plan"] == steps
    told = results(model)
    assert "greet.py:1" in told[1]
    assert "test_greet.py" in told[3]
    assert "OK" in told[5]
    assert "Denied" in told[6]
    audits = [(event["tool"], event["approved"], event["ok"]) for event in events if event["type"] == "command_audit"]
    assert audits[:2] == [("edit_file", True, True), ("run_tests", True, True)]
    assert [event["type"] for event in events][-1] == "task_completed"


def test_an_open_document_is_changed_in_the_editor(home: Home, root: Path) -> None:
    """Undo knows the change, unsaved text is what is read, and the disk stays as it is (C1, C2)."""
    unsaved, changed = BEFORE + "# unsaved\n", AFTER + "# unsaved\n"
    capabilities = {**OURS, "workspace": {"workspaceEdit": {"documentChanges": True}}}
    uri = (root / "greet.py").as_uri()
    with AgentModel(READ_EDIT_RUN) as model, AgentEditor(home, root, model, capabilities) as editor:
        editor.start()
        editor.open(uri, unsaved, version=4)
        editor.command("pylot.agent.run", {"prompt": "Greet by name"})
        asked = editor.asked()
        assert asked["params"]["edits"] == [{"uri": uri, "before": unsaved, "after": changed}]
        editor.reply(asked, {"choice": "once"})
        apply = editor.asked("workspace/applyEdit")
        [change] = apply["params"]["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": uri, "version": 4}
        assert applied(unsaved, change["edits"]) == changed
        editor.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": 5}, "contentChanges": [{"text": changed}]},
        )
        editor.reply(apply, {"applied": True})
        editor.reply(editor.asked(), {"choice": "deny"})
        editor.until("completed")

        assert (root / "greet.py").read_text() == BEFORE
        assert "# unsaved" in results(model)[0]


def test_a_task_that_is_over_can_be_forgotten(home: Home, root: Path) -> None:
    """B3"""
    with AgentModel(["Done."]) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", "Say so")["taskId"]
        editor.until("completed")
        assert editor.command("pylot.agent.forget", {"taskId": task}) == {"forgotten": [task]}
        assert editor.command("pylot.agent.tasks") == {"tasks": []}


@pytest.mark.parametrize("typed", ["", "# typed meanwhile\n"])
def test_a_changed_document_is_saved_before_something_runs(home: Home, root: Path, typed: str) -> None:
    """C2: by the editor, and only in the version that the agent has left."""
    script: Sequence[Line] = (
        [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
        [("shell_exec_safe", {"command": "sh -c 'cat greet.py'"})],
        "Done.",
    )
    ours = {"experimental": {"pylot": {**OURS["experimental"]["pylot"], "save": True}}}
    capabilities = {**ours, "workspace": {"workspaceEdit": {"documentChanges": True}}}
    uri = (root / "greet.py").as_uri()
    with AgentModel(script) as model, AgentEditor(home, root, model, capabilities) as editor:
        editor.start()
        editor.open(uri, BEFORE, version=4)
        editor.command("pylot.agent.run", {"prompt": "Greet by name"})
        editor.reply(editor.asked(), {"choice": "once"})
        apply = editor.asked("workspace/applyEdit")
        for version, text in ((5, AFTER), *([(6, AFTER + typed)] if typed else [])):
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
            editor.notify("textDocument/didChange", change)
        editor.reply(apply, {"applied": True})
        editor.reply(editor.asked(), {"choice": "once"})
        if not typed:
            save = editor.asked("pylot/save")
            assert save["params"] == {"documents": [{"uri": uri, "version": 5}]}
            (root / "greet.py").write_text(AFTER)
            editor.reply(save, {"saved": [uri]})
        editor.until("completed")

        assert "hello {name}" in results(model)[1] or typed
        assert ("the command saw these files" in results(model)[1]) is bool(typed)
        assert (root / "greet.py").read_text() == (BEFORE if typed else AFTER)


def test_a_document_that_changes_while_the_user_decides_is_left_alone(home: Home, root: Path) -> None:
    """What is written is what was shown, or nothing (T11)."""
    uri = (root / "greet.py").as_uri()
    with AgentModel(READ_EDIT_RUN) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        editor.open(uri, BEFORE)
        editor.command("pylot.agent.run", {"prompt": "Greet by name"})
        asked = editor.asked()
        change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": BEFORE + "# mine\n"}]}
        editor.notify("textDocument/didChange", change)
        editor.reply(asked, {"choice": "once"})
        editor.reply(editor.asked(), {"choice": "deny"})
        editor.until("completed")

        assert (root / "greet.py").read_text() == BEFORE
        assert "allowed" in results(model)[1] or "changed" in results(model)[1]


def test_the_prompt_is_asked_for_and_a_conversation_goes_on(home: Home, root: Path) -> None:
    """(A22)"""
    with AgentModel(["One.", "Two."]) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        params = {"command": "pylot.agent.run", "arguments": []}
        request = editor.request("workspace/executeCommand", params)
        asked = editor.asked("pylot/input")
        assert asked["params"]["masked"] is False
        editor.reply(asked, {"value": "Count"})
        first = editor.answer(request)["result"]
        editor.until("completed")
        again = {"prompt": "Go on", "conversation": first["conversation"], "wait": True}
        second = editor.command("pylot.agent.run", again)

        assert (second["status"], second["answer"]) == ("completed", "Two.")
        said = [(message["role"], message["content"]) for message in model.asked[-1]]
        assert said[-3:] == [("user", "Count"), ("assistant", "One."), ("user", "Go on")]


@pytest.mark.parametrize("shows_documents", [False, True])
def test_other_editors_are_asked_by_a_message_and_told_the_answer(
    home: Home, root: Path, shows_documents: bool
) -> None:
    """(T24)"""
    capabilities = {"window": {"showDocument": {"support": True}}} if shows_documents else {}
    with AgentModel(READ_EDIT_RUN) as model, AgentEditor(home, root, model, capabilities) as editor:
        editor.start()
        editor.command("pylot.agent.run", "Greet by name")
        edit = editor.asked("window/showMessageRequest")
        titles = [action["title"] for action in edit["params"]["actions"]]
        assert titles == ["Allow once", "Allow for this task", "Deny", "Show details"]
        editor.reply(edit, {"title": "Show details"})
        if shows_documents:
            shown = editor.asked("window/showDocument")
            page = Path(path_of(shown["params"]["uri"])).read_text()
            editor.reply(shown, {"success": True})
        else:
            page = editor.asked("window/showMessage")["params"]["message"]
        assert "+def greet(name):" in page
        editor.reply(editor.asked("window/showMessageRequest"), {"title": "Allow once"})
        editor.reply(editor.asked("window/showMessageRequest"), {"title": "Deny"})
        answer = editor.asked("window/showMessage")["params"]["message"]

        assert answer == "I changed the greeting, and ran nothing."
        assert (root / "greet.py").read_text() == AFTER


def test_a_question_survives_the_server_and_is_answered_in_a_terminal(home: Home, root: Path) -> None:
    """(A11, D5)"""
    with AgentModel(READ_EDIT_RUN) as model:
        with AgentEditor(home, root, model) as editor:
            editor.start()
            task = editor.command("pylot.agent.run", "Greet by name")["taskId"]
            editor.asked()
            editor.process.kill()
        [asked] = pylot("approvals", "list", "--json")["approvals"]
        pylot("approvals", "answer", asked["id"], "once")
        with AgentEditor(home, root, model) as editor:
            editor.start()
            [listed] = editor.command("pylot.agent.tasks")["tasks"]
            assert (listed["taskId"], listed["status"]) == (task, "waiting_for_approval")
            reminded = editor.wait_for(lambda it: "Greet by name" in str(it.get("params", {}).get("message")))
            assert reminded["method"] == "window/showMessage"
            assert editor.command("pylot.agent.resume", task)["taskId"] == task
            editor.reply(editor.asked(), {"choice": "deny"})
            editor.until("completed")

            assert (root / "greet.py").read_text() == AFTER
            types = [event["type"] for event in editor.command("pylot.agent.show", task)["events"]]
            assert types.count("effect_intended") == types.count("approval_used") == 1


def test_an_answer_from_a_terminal_takes_the_question_back(home: Home, root: Path) -> None:
    """The first answer counts, wherever it comes from (D5)."""
    with AgentModel(READ_EDIT_RUN[1:]) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        editor.command("pylot.agent.run", "Greet by name")
        asked = editor.asked()
        pylot("approvals", "answer", asked["params"]["id"], "deny", "--comment", "not like this")
        taken_back = editor.wait_for(lambda it: it.get("method") == "$/cancelRequest")
        assert taken_back["params"]["id"] == asked["id"]
        editor.send({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32800, "message": "cancelled"}})
        editor.reply(editor.asked(), {"choice": "deny"})
        editor.until("completed")

        assert "not like this" in results(model)[0]
        assert (root / "greet.py").read_text() == BEFORE


@pytest.mark.parametrize("way", ["command", "progress", "terminal"])
def test_a_task_is_cancelled_from_anywhere(home: Home, root: Path, way: str) -> None:
    held = threading.Event()
    capabilities = {**OURS, "window": {"workDoneProgress": True}}
    with AgentModel([held, "Too late."]) as model, AgentEditor(home, root, model, capabilities) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", {"prompt": "Wait"})["taskId"]
        tokens = {}
        while "Pylot: Wait" not in tokens:
            created = editor.asked("window/workDoneProgress/create")
            token = created["params"]["token"]
            editor.reply(created, None)
            begun = editor.wait_for(lambda it, token=token: _is_begin(it, token))  # type: ignore[misc]
            tokens[begun["params"]["value"]["title"]] = (token, begun["params"]["value"])
        token, value = tokens["Pylot: Wait"]
        assert value["cancellable"] is True
        assert model.waiting.wait(30)
        if way == "command":
            assert editor.command("pylot.agent.cancel") == {"taskId": task, "status": "cancelled"}
        elif way == "progress":
            editor.notify("window/workDoneProgress/cancel", {"token": token})
        else:
            pylot("agent", "cancel", task, "--root", str(root))

        assert editor.until("cancelled")["taskId"] == task


def _is_begin(message: Mapping[str, Any], token: object) -> bool:
    if message.get("method") != "$/progress" or message["params"]["token"] != token:
        return False
    return bool(message["params"]["value"]["kind"] == "begin")


STOPPED: Sequence[Line] = ([("file_read", {"path": "greet.py"})], "One file read.", "It greets.")


def test_a_task_at_a_limit_goes_on_when_the_user_wants(home: Home, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A7: offered by a message where the editor knows nothing of tasks."""
    monkeypatch.setenv("PYLOT_AGENTS__MAIN__LIMITS__ITERATIONS", "1")
    with AgentModel(STOPPED) as model, AgentEditor(home, root, model, {}) as editor:
        editor.start()
        editor.command("pylot.agent.run", "What does it do?")
        offer = editor.asked("window/showMessageRequest")
        assert [action["title"] for action in offer["params"]["actions"]] == ["Continue", "Stop"]
        assert offer["params"]["message"].endswith("it can go on if you let it.\nOne file read.")
        editor.reply(offer, {"title": "Continue"})

        assert editor.asked("window/showMessage")["params"]["message"] == "It greets."


def test_what_the_user_says_when_a_task_goes_on_is_read(
    home: Home, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYLOT_AGENTS__MAIN__LIMITS__ITERATIONS", "1")
    with AgentModel(STOPPED) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", "What does it do?")["taskId"]
        assert editor.until("limit")["answer"] == "One file read."
        editor.command("pylot.agent.resume", {"taskId": task, "message": "Be brief."})
        end = editor.until("completed")

        assert end["answer"] == "It greets."
        assert end["usage"]["calls"] == 3
        assert model.asked[-1][-1]["content"].endswith("Be brief.")


def test_another_agent_does_a_part(home: Home, root: Path) -> None:
    """C6: in a task of its own that answers to the call, with the tools of its own alone."""
    script: Sequence[Line] = (
        [("coder", {"prompt": "Write f."})],
        [("file_read", {"path": "greet.py"})],
        "def f(): ...",
        "Here is f.",
    )
    with AgentModel(script) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", {"prompt": "I need f"})["taskId"]
        assert editor.until("completed")["answer"] == "Here is f."
        shown = editor.command("pylot.agent.show", task)

        assert "You write code for another agent" in model.asked[1][0]["content"]
        assert "I need f" not in json.dumps(model.asked[1])
        assert "def f(): ..." in results(model)[0]
        [end] = [event for event in shown["events"] if event["type"] == "tool_call_finished"]
        child = editor.command("pylot.agent.show", end["metadata"]["child_task"])
        assert (child["status"], child["parent"], child["answer"]) == ("completed", task, "def f(): ...")
