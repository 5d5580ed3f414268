"""What an agent's actions leave behind, through the real language server (C5, D7, T5, T12)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pylot.execution.inside import landlock
from tests.e2e.agent.test_tasks import AFTER, BEFORE, home, results, root
from tests.support.agent_editor import AgentEditor
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

__all__ = ["home", "root"]

ESCAPES = "echo x > ../outside; echo x > .git/hook; echo x > made; ls"


@pytest.mark.skipif(
    sys.platform != "linux" or landlock.version() < landlock.LEAST_VERSION, reason="there is no sandbox here"
)
def test_an_allowed_command_stays_in_the_workspace_and_everything_is_taken_back(home: Home, root: Path) -> None:
    (root / ".git").mkdir()
    (root / "kept.txt").write_text("mine\n", encoding="utf-8")
    lines = (
        [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})],
        [("shell_exec_safe", {"command": f"sh -c '{ESCAPES}; echo theirs > kept.txt'"})],
        [("shell_exec_safe", {"command": "rm greet.py"})],
        "Done.",
    )
    with AgentModel(lines) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        task = editor.command("pylot.agent.run", "Try it")["taskId"]
        editor.reply(editor.asked(), {"choice": "once"})
        editor.reply(editor.asked(), {"choice": "once"})
        editor.reply(editor.asked(), {"choice": "deny"})
        editor.until("completed")
        events = editor.command("pylot.agent.show", task)["events"]

        assert not (root.parent / "outside").exists()
        assert list((root / ".git").iterdir()) == []
        assert sorted(it.name for it in root.iterdir()) == [".git", "greet.py", "kept.txt", "made"]
        assert "sandbox: " in results(model)[1]
        assert "sandbox: none" not in results(model)[1]
        audits = [event for event in events if event["type"] == "command_audit"]
        assert [(audit["approved"], audit["blocked"], audit["ok"]) for audit in audits] == [
            (True, False, True),
            (True, False, True),
            (False, False, False),
        ]

        edited = next(event["seq"] for event in events if event["type"] == "effect_finished")
        (root / "made").write_text("and changed by somebody\n", encoding="utf-8")
        done = editor.command("pylot.agent.restore", {"taskId": task, "since": edited + 1})
        assert done["restored"] == [str(root / "kept.txt")]
        assert [skipped["reason"] for skipped in done["skipped"]] == ["it has changed since"]
        assert (root / "greet.py").read_text(encoding="utf-8") == AFTER

    restored = [sys.executable, "-m", "pylot", "agent", "restore", task, "--root", str(root)]
    done = subprocess.run(restored, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "it has changed since" in done.stdout) == (1, True)
    assert (root / "greet.py").read_text(encoding="utf-8") == BEFORE
    assert (root / "made").read_text(encoding="utf-8") == "and changed by somebody\n"


SERVER = Path(__file__).parents[2] / "support" / "mcp_server.py"
TOOLS = f"""
[agents.main]
tools = ["math_*"]
[tools.mcp.math]
command = '{sys.executable}'
args = ['-I', '{SERVER}']
reads_only = ["add"]
"""


class WithTools(AgentModel):
    """A model whose user has a server of tools."""

    @property
    def settings(self) -> str:
        return super().settings + TOOLS


def test_tools_of_a_server_are_called_and_asked_about(home: Home, root: Path) -> None:
    """C8, T23: what the user calls harmless runs, all else asks, and what the agent was not given is no tool."""
    lines: Sequence[Line] = (
        [("math_add", {"a": 2, "b": 3})],
        [("math_odd_name_", {})],
        [("file_read", {"path": "greet.py"})],
        "Five.",
    )
    with WithTools(lines) as model, AgentEditor(home, root, model) as editor:
        editor.start()
        editor.command("pylot.agent.run", "Add")
        question = editor.asked()
        editor.reply(question, {"choice": "once"})
        editor.until("completed")
        told = results(model)

    assert "math_odd_name_" in str(question["params"])
    assert "5" in told[0]
    assert "The tool has failed" in told[1]
    assert "there is no such tool; the tools are: math_add, math_odd_name_" in str(model.asked[-1])
