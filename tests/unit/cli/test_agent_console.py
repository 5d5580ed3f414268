"""What an agent's steps can do to a terminal: nothing (T25)."""

from __future__ import annotations

import pytest

from pylot.cli.agent_console import AgentConsole
from pylot.cli.terminal import plain


def test_what_a_model_says_moves_no_cursor_and_hides_no_question(capsys: pytest.CaptureFixture[str]) -> None:
    console = AgentConsole()
    console.begin_task_progress("Mend\x1b]0;it\x07", lambda: None)
    plan = [{"text": "Look\x1b[2J", "status": "in_progress"}]
    console.task_changed(
        {"status": "running", "pendingApprovals": 0, "plan": plan, "message": "file_read a\x1b[1A\x1b[2K\u202eb"}
    )

    assert capsys.readouterr().err.splitlines() == [
        "Mend⟨U+001B⟩]0;it⟨U+0007⟩",
        "  [>] Look⟨U+001B⟩[2J",
        "  file_read a⟨U+001B⟩[1A⟨U+001B⟩[2K⟨U+202E⟩b",
    ]


def test_ordinary_writing_stays_as_it_is() -> None:
    text = "Привет,\u00a0naïve\n\tनमस्ते 👩\u200d💻"

    assert plain(text) == text
