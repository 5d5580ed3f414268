"""Code tools of an agent through the real language server: exactly what was shown is written (C18, L4, L5)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.agent_editor import AgentEditor
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

CODE = "def greet(name):\n    return 'hello ' + name.strip()\n"
EXTRACTED = "def greet(name):\n    stripped = name.strip()\n    return 'hello ' + stripped\n"
DOCUMENTED = 'def greet(name):\n    """Greet somebody.\n'
TESTS = "from greet import greet\n\n\ndef test_greets():\n    assert greet(' Ann ') == 'hello Ann'\n"
SCRIPT: list[Line] = [
    [
        (
            "extract_code",
            {"path": "greet.py", "start_line": 2, "code": "name.strip()", "into": "variable", "name": "stripped"},
        )
    ],
    [("generate_docs", {"path": "greet.py", "name": "greet"})],
    json.dumps({"summary": "Greet somebody.", "parameters": {"name": "Whom."}, "returns": "It."}),
    [("generate_tests", {"path": "greet.py", "name": "greet"})],
    f"```python\n{TESTS}```",
    "Done.",
]


def test_code_is_changed_by_programs_and_models_as_it_was_shown(own_home: Path, tmp_path: Path) -> None:
    """A server that is killed while it asks about a model's text asks about the same text again."""
    root, home = tmp_path / "project", Home(own_home / "home")
    root.mkdir()
    (root / "greet.py").write_text(CODE)
    with AgentModel(SCRIPT) as model:
        with AgentEditor(home, root, model) as editor:
            editor.start()
            task = editor.command("pylot.agent.run", {"prompt": "Make it good"})["taskId"]
            extracted = editor.asked()
            editor.reply(extracted, {"choice": "once"})
            documented = editor.asked()
            editor.process.kill()
        n_asked = len(model.asked)
        with AgentEditor(home, root, model) as editor:
            editor.start()
            editor.command("pylot.agent.resume", task)
            again = editor.asked()
            assert (again["params"], len(model.asked)) == (documented["params"], n_asked)
            editor.reply(again, {"choice": "once"})
            tested = editor.asked()
            editor.reply(tested, {"choice": "once"})
            end = editor.until("completed")
    [made] = tested["params"]["edits"]

    assert extracted["params"]["edits"][0]["after"] == EXTRACTED
    assert (root / "greet.py").read_text() == documented["params"]["edits"][0]["after"]
    assert (root / "greet.py").read_text().startswith(DOCUMENTED)
    assert (made["uri"], made["before"]) == ((root / "tests/test_greet.py").as_uri(), None)
    assert (root / "tests/test_greet.py").read_text() == made["after"] == TESTS
    assert "Write 1 test for greet, not run yet." in tested["params"]["detail"]
    # Four steps of the agent, and two answers of the model that writes code.
    assert end["usage"]["calls"] == len(model.asked) == 6
