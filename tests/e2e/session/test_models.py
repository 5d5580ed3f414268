"""Models listed, chosen and told apart by who asks, from the editor (H1, H3, H10, H12)."""

from __future__ import annotations

import json
import tomllib

import pytest

from pylot.cli.main import main
from pylot.models.settings import ROLES
from tests.support.editor import Editor, Home
from tests.support.random_gguf import RandomModels, Shape
from tests.support.stdio_client import JsonObject

TEXT = "import os\n\nvalues = [1, 2]\n‸\n"


def refusal(editor: Editor, *arguments: object) -> JsonObject:
    number = editor.request("workspace/executeCommand", {"command": "pylot.models.use", "arguments": list(arguments)})
    error = editor.answer(number)["error"]
    assert isinstance(error, dict)
    return error


def test_a_model_is_chosen_from_the_editor(home: Home, random_model: RandomModels) -> None:
    """The user's file changes as by the command line, keeps its comments, and takes effect without a restart."""
    home.use_model(random_model(Shape()))
    home.configure("# mine\n" + home.config_file.read_text())
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", TEXT)
        editor.ghost_texts(invoked=True)
        changed = editor.command("pylot.models.use", "pylot-tiny")
        status = editor.command("pylot.status")["models"]
        editor.ghost_texts(invoked=True)
        listed = editor.command("pylot.models.list")
        totals = editor.command("pylot.status")["models"]["calls"]["totals"]
        editor.leave()

    text = home.config_file.read_text()
    assert changed == {"role": "complete", "model": "pylot-tiny", "before": "own", "notes": []}
    assert status["roles"]["complete"] == "pylot-tiny"
    assert text.startswith("# mine\n")
    assert tomllib.loads(text)["models"]["roles"] == {"complete": "pylot-tiny"}
    assert [(it["name"], "complete" in it["roles"]) for it in listed["local"]] == [("pylot-tiny", True), ("own", False)]
    assert {it["model"]: (it["agent"], it["role"]) for it in totals} == {
        "own": ("completion", "complete"),
        "pylot-tiny": ("completion", "complete"),
    }


def test_another_role_and_a_setting_that_wins(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYLOT_MODELS__ROLES__CHAT", "pylot-tiny")
    home.configure("[models.logical.mine]\ngroups = [[{model = 'pylot-tiny'}]]\n")
    with Editor() as editor:
        editor.start()
        thinker = editor.command("pylot.models.use", "mine", "thinker")
        chat = editor.command("pylot.models.use", "mine", "chat")
        editor.leave()

    assert thinker == {"role": "thinker", "model": "mine", "before": "pylot-tiny", "notes": []}
    assert chat["model"] == "pylot-tiny"
    assert chat["notes"] == ["pylot-tiny serves chat all the same: a setting outside of your own file wins."]


def test_bad_names_get_one_sentence_and_change_nothing(home: Home) -> None:
    home.configure("[engine]\nidle_seconds = 0.2\n")
    with Editor() as editor:
        editor.start()
        refusals = [
            refusal(editor, *arguments)
            for arguments in (["nobody"], ["pylot-tiny", "cook"], ["qwen2.5-coder-0.5b"], [], [7], ["x" * 1000])
        ]
        editor.leave()

    form = "The arguments must be a model's name and, unless it is to complete, a role."
    assert [error["message"] for error in refusals] == [
        "There is no model 'nobody'; `pylot models list` shows them all.",
        f"There is no role 'cook'; the roles are {', '.join(ROLES)}.",
        "qwen2.5-coder-0.5b is not on this machine; `pylot models pull qwen2.5-coder-0.5b` fetches it.",
        *[form] * 3,
    ]
    assert home.config_file.read_text() == "[engine]\nidle_seconds = 0.2\n"


def test_the_editor_is_told_what_the_command_line_tells(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure("[models.logical.mine]\ngroups = [[{model = 'pylot-tiny'}]]\n")
    with Editor() as editor:
        editor.start()
        listed = editor.command("pylot.models.list")
        editor.leave()
    assert main(["models", "list", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)

    changing = {"freeBytes"}
    assert {key for key in printed if printed[key] != listed.get(key)} <= changing
    assert listed["logical"] == [{"name": "mine", "roles": [], "deployments": ["pylot-tiny"]}]


def test_limits_of_ghost_text(home: Home) -> None:
    """`models.agents.completion` holds for the editor's ghost text, and its refusal says so (H10)."""
    home.configure(
        "[engine]\nidle_seconds = 0.2\n[completion]\nlocal_predictor = false\n"
        "[models.agents.completion]\nrequests_per_minute = 1\n"
    )
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", TEXT)
        editor.load_model()
        editor.type("for value in ")
        editor.ghost_texts()
        trace = editor.traces(1)[0]
        editor.leave()

    assert trace["reason"] == "model_failed"
    assert "completion asks for more than models.agents.completion allows." in trace["sentence"]
