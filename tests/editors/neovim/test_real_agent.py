"""Neovim in front of Pylot's own agent, with a model by script: a whole task (A10, A12, K5, issue 7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.neovim.neovim import Neovim
from tests.editors.terminal import until
from tests.support.agent_model import AgentModel
from tests.support.editor import LEAVE_AT_ONCE, PYLOT_LSP, Home

BEFORE = 'def greet():\n    return "Hello!"\n'
AFTER = 'def greet(name):\n    return f"Hello, {name}!"\n'
SCRIPT = (
    [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
    [("shell_exec_safe", {"command": "rm -r build"})],
    "I changed the greeting, and ran nothing.",
)


@pytest.fixture
def model() -> Iterator[AgentModel]:
    with AgentModel(SCRIPT) as model:
        yield model


@pytest.fixture
def neovim(own_home: Path, model: AgentModel) -> Iterator[Neovim]:
    work = own_home / "work"
    (work / ".git").mkdir(parents=True)
    (work / "greet.py").write_text(BEFORE, encoding="utf-8")
    trust = f"[workspace]\ntrusted = ['{work.as_posix()}']\n"
    Home(own_home / "home").configure(f"{LEAVE_AT_ONCE}{trust}{model.settings}")
    with Neovim(own_home) as neovim:
        neovim.open(own_home, work / "greet.py", PYLOT_LSP)
        yield neovim


def test_a_task_edits_what_is_open_is_denied_a_command_and_answers(
    neovim: Neovim, model: AgentModel, own_home: Path
) -> None:
    neovim.type(":Pylot agent Greet by name\n")
    shown = neovim.wait_for("Allow once")
    assert '+    return f"Hello, {name}!"' in shown, shown
    neovim.shot("neovim-approval")
    neovim.press("1", "Enter")
    shown = neovim.wait_for("$ rm -r build")
    neovim.wait_for("Allow once")
    assert neovim.screen().count("Deny") == 1
    number = next(line.split(":")[0] for line in neovim.screen().splitlines() if line.endswith(": Deny"))
    neovim.press(number, "Enter")
    neovim.wait_for("Why not?")
    neovim.type("not now\n")
    neovim.wait_for("I changed the greeting, and ran nothing.")
    neovim.type(":q\n:Pylot tasks\n")
    neovim.wait_for("completed  Greet by name")
    neovim.type(":q\n")
    until(lambda: neovim.lines() == AFTER.splitlines(), neovim.screen)
    said = [str(message["content"]) for message in model.asked[-1] if message["role"] == "tool"]
    assert "not now" in said[-1]
