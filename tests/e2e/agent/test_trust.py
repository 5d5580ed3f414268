"""A person trusts a folder, in an editor or at a terminal; what an agent runs cannot (T8)."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.agent.test_tasks import AFTER, BEFORE, home, root
from tests.support.agent_editor import AgentEditor
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home
from tests.support.sandboxes import LEVELS, make_place, sandbox_of

__all__ = ["home", "root"]

EDIT: Sequence[Line] = (
    [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
    "Done.",
)
QUESTION = "window/showMessageRequest"


def titles(question: object) -> list[str]:
    assert isinstance(question, dict)
    return [action["title"] for action in question["params"]["actions"]]


def test_a_folder_is_trusted_from_the_question_that_it_would_spare(home: Home, root: Path) -> None:
    with AgentModel(EDIT) as model, AgentEditor(home, root, model, {}) as editor:
        home.configure(model.settings)
        editor.start()
        editor.command("pylot.agent.run", "Greet by name")
        asked = editor.asked(QUESTION)
        assert titles(asked) == ["Allow once", "Deny", "Trust this folder…", "Show details"]
        editor.reply(asked, {"title": "Trust this folder…"})
        sure = editor.asked(QUESTION)
        assert str(root) in sure["params"]["message"]
        assert titles(sure) == ["Trust this folder", "Cancel"]
        assert str(root) not in home.config_file.read_text(encoding="utf-8")
        editor.reply(sure, {"title": "Trust this folder"})
        again = editor.asked(QUESTION)
        assert "Trust this folder…" not in titles(again)
        editor.reply(again, {"title": "Allow once"})
        assert editor.asked("window/showMessage")["params"]["message"] == "Done."

        assert (root / "greet.py").read_text(encoding="utf-8") == AFTER
        listed = {"folders": [{"path": str(root), "trusted": True}], "trusted": [str(root.resolve())]}
        assert editor.command("pylot.workspace.trusted") == listed
        assert editor.command("pylot.workspace.trust") == listed
        assert editor.command("pylot.workspace.distrust", {"folder": root.as_uri()})["trusted"] == []


def test_the_command_asks_a_person(home: Home, root: Path) -> None:
    with AgentModel([]) as model, AgentEditor(home, root, model, {}) as editor:
        home.configure(model.settings)
        editor.start()
        for title, is_trusted in (("Cancel", False), ("Trust this folder", True)):
            params = {"command": "pylot.workspace.trust", "arguments": [root.as_uri()]}
            waiting = editor.request("workspace/executeCommand", params)
            editor.reply(editor.asked(QUESTION), {"title": title})
            assert editor.answer(waiting)["result"]["folders"] == [{"path": str(root), "trusted": is_trusted}]


def test_a_file_that_is_not_read_leads_to_the_question(home: Home, root: Path) -> None:
    (root / ".pylot").mkdir()
    (root / ".pylot" / "pylot.toml").write_text("[models.roles]\nchat = 'mine'\n", encoding="utf-8")
    with AgentModel([]) as model, AgentEditor(home, root, model, {}) as editor:
        home.configure(model.settings)
        editor.start()
        said = editor.asked(QUESTION)
        assert said["params"]["message"].startswith(f"{root / '.pylot' / 'pylot.toml'} is not read")
        assert titles(said) == ["Trust this folder…"]
        editor.reply(said, {"title": "Trust this folder…"})
        editor.reply(editor.asked(QUESTION), {"title": "Trust this folder"})
        # Now it is read: what it may not say is said at once.
        assert "Not all of" in editor.asked("window/showMessage")["params"]["message"]

        assert str(root.resolve()) in home.config_file.read_text(encoding="utf-8")


def at_a_terminal(folder: Path, typed: str, *arguments: str) -> tuple[int, str]:
    """Run `pylot trust` as a person does; return its exit code and what the screen shows."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execv(sys.executable, [sys.executable, "-m", "pylot", "trust", *arguments])
    os.write(terminal, typed.encode())
    screen = b""
    try:
        while data := os.read(terminal, 4096):
            screen += data
    except OSError:
        # The end of a terminal whose other side is closed.
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), screen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are POSIX's here")
def test_at_a_terminal_a_person_says_so(home: Home, root: Path) -> None:
    settings = home.config_file
    code, screen = at_a_terminal(root, "n\n")
    assert (code, "is not trusted." in screen, settings.exists()) == (1, True, False)
    code, screen = at_a_terminal(root, "y\n")
    assert (code, f"Do you trust what is in {root}?" in screen.replace("\r\n", "")) == (0, True)
    assert str(root.resolve()) in settings.read_text(encoding="utf-8")
    assert at_a_terminal(root, "", "--list") == (0, f"{root.resolve()}\r\n")
    assert at_a_terminal(root, "", "--revoke")[0] == 0
    assert "trusted = []" in settings.read_text(encoding="utf-8")


def test_without_a_terminal_nobody_is_believed(home: Home, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pylot", "trust"], cwd=root, input="y\n", capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, "Only a person at a terminal can trust a folder" in done.stderr) == (1, True)
    assert not home.config_file.exists()


PRETENDS = """
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.environ["PYLOT_HOME"] = sys.argv[2]
    os.environ["PYTHONPATH"] = sys.argv[3]
    os.execv(sys.executable, [sys.executable, "-m", "pylot", "trust", "."])
os.write(terminal, b"y\\n")
try:
    while data := os.read(terminal, 4096):
        os.write(1, data)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes are Linux's")
@pytest.mark.parametrize("level", LEVELS)
async def test_a_terminal_of_an_agents_own_is_no_person(own_home: Path, level: str) -> None:
    """What runs in the sandbox may pretend one, and reaches no file of the user's all the same."""
    place = make_place(own_home / "place", sandbox_of(level))
    server = Path(__file__).parents[3] / "server"
    (place.folder / "own" / "pylot.toml").write_text("# mine\n", encoding="utf-8")
    (place.workspace / "pretends.py").write_text(PRETENDS, encoding="utf-8")
    result = await place.run(sys.executable, "pretends.py", "-", str(place.folder / "own"), str(server))

    assert not result.ok
    assert "Do you trust what is in" in result.output
    assert (place.folder / "own" / "pylot.toml").read_text(encoding="utf-8") == "# mine\n"
    assert sorted(path.name for path in (place.folder / "own").iterdir()) == ["key", "pylot.toml", "tasks"]
