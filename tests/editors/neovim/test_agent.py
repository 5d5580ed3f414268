"""Neovim in front of an agent: approvals, masked input, progress and cancelling (K4, K5, issue 7)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.neovim.neovim import Neovim
from tests.editors.scripted_agent import GREETING
from tests.editors.terminal import until
from tests.support.editor import LEAVE_AT_ONCE, Home

AGENT = (sys.executable, "-m", "tests.editors.scripted_agent")


@pytest.fixture
def neovim(own_home: Path) -> Iterator[Neovim]:
    Home(own_home / "home").configure(LEAVE_AT_ONCE)
    (own_home / "work" / ".git").mkdir(parents=True)
    file = own_home / "work" / "greet.py"
    file.write_text('def greet():\n    return "Hello!"\n', encoding="utf-8")
    with Neovim(own_home) as neovim:
        neovim.open(own_home, file, AGENT)
        yield neovim


def test_an_edit_is_shown_approved_and_made(neovim: Neovim, own_home: Path) -> None:
    """The difference is on the screen before the answer, and the answer reaches the agent (K5)."""
    neovim.type(":Pylot agent edit\n")
    shown = neovim.wait_for("Allow for this task")
    assert '+    return f"Hello, {name}!"' in shown, shown
    neovim.press("1", "Enter")
    neovim.wait_for("The answer was: once.")
    until(lambda: (own_home / "work" / "greet.py").read_text(encoding="utf-8") == GREETING, neovim.screen)


def test_a_denial_carries_its_reason(neovim: Neovim) -> None:
    """What the user says against a command reaches the agent (A12, K5)."""
    neovim.type(":Pylot agent command\n")
    shown = neovim.wait_for("Allow for this task")
    assert "$ rm -r build" in shown
    neovim.press("3", "Enter")
    neovim.wait_for("Why not?")
    neovim.type("not now\n")
    neovim.wait_for("The answer was: deny not now.")


def test_an_approval_that_is_put_off_can_be_answered_later(neovim: Neovim) -> None:
    """Nothing is lost by leaving the question (B5, K5)."""
    neovim.type(":Pylot agent command\n")
    neovim.wait_for("Allow for this task")
    neovim.press("Escape")
    neovim.wait_without("Allow for this task")
    neovim.type(":Pylot approvals\n")
    neovim.wait_for("Pylot asks")
    neovim.press("1", "Enter")
    neovim.wait_for("Allow for this task")
    neovim.press("2", "Enter")
    neovim.wait_for("The answer was: task.")


def test_what_was_allowed_for_longer_is_listed_and_taken_back(neovim: Neovim) -> None:
    """(D2, T24)"""
    neovim.type(":Pylot grants\n")
    neovim.wait_for("allow for the workspace: Run make test")
    neovim.type("1\n")
    neovim.wait_for("this is asked about again: Run make test")
    neovim.type(":Pylot grants\n")
    neovim.wait_for("nothing is allowed or denied for good")


def test_a_key_that_is_meant_for_the_text_answers_nothing(neovim: Neovim) -> None:
    """Whoever is typing is asked when they have stopped (K5)."""
    neovim.press("o")
    neovim.type("1")
    neovim.lua("vim.cmd('Pylot agent edit')")
    neovim.wait_for("Pylot asks")
    assert "Allow once" not in neovim.screen()
    neovim.press("Escape")
    neovim.wait_for("Allow once")


def test_a_secret_is_not_shown(neovim: Neovim) -> None:
    """A password goes to the agent and not to the screen (D5)."""
    neovim.type(":Pylot agent secret\n")
    neovim.wait_for("Password for sudo")
    neovim.type("hunter2\n")
    shown = neovim.wait_for("7 characters.")
    assert "hunter2" not in shown
    assert "hunter2" not in neovim.messages()


@pytest.mark.parametrize("how", ["stop", "cancel"])
def test_work_is_seen_and_cancelled(neovim: Neovim, how: str) -> None:
    """The status line shows the progress, and the task ends when it is told to (K3, issue 7)."""
    neovim.type(":Pylot agent wait\n")
    neovim.wait_for("Pylot: wait Reading greet.py 30%")
    neovim.type(f":Pylot {how}\n")
    neovim.wait_for("wait: cancelled")
    neovim.wait_without("Reading greet.py 30%")
