"""What an agent's actions leave behind, through the real language server (C5, D7, T5, T12)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pylot.execution.inside import landlock
from tests.e2e.agent.test_tasks import AFTER, BEFORE, AgentEditor, home, results, root
from tests.support.agent_model import AgentModel
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
