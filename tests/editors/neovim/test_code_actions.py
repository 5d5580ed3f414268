"""Code actions by Neovim's own key: the list, one undo, a look at what a model has written, reasons (K5, L1, L5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.actions_case import ANSWER, DOCUMENTED, NO_ANSWER, TEXT, prepare
from tests.editors.neovim.neovim import Neovim
from tests.editors.terminal import until
from tests.support.agent_model import AgentModel
from tests.support.editor import PYLOT_LSP


@pytest.fixture
def model() -> Iterator[AgentModel]:
    with AgentModel([NO_ANSWER, NO_ANSWER, ANSWER, ANSWER]) as model:
        yield model


@pytest.fixture
def neovim(own_home: Path, model: AgentModel) -> Iterator[Neovim]:
    with Neovim(own_home) as neovim:
        neovim.open(own_home, prepare(own_home, model), PYLOT_LSP)
        yield neovim


def choose(neovim: Neovim, title: str) -> None:
    """Choose from the list that is open, by its number."""
    line = next(each for each in neovim.wait_for(title).splitlines() if title in each)
    neovim.type(f"{line.split(':')[0].strip()}\n")


def wait_for_message(neovim: Neovim, text: str) -> None:
    """Wait until something has been told; without a prompt for Enter it stays on the screen for a moment only."""
    until(lambda: text in neovim.messages(), lambda: f"{neovim.messages()}\n{neovim.screen()}")


def wait_for_text(neovim: Neovim, text: str) -> None:
    until(lambda: neovim.lines() == text.splitlines(), neovim.screen)


def test_a_refactoring_is_applied_and_undone_in_one_step(neovim: Neovim) -> None:
    neovim.type("G0wwveeegra")
    neovim.wait_for("replacing all 2 occurrences")
    neovim.shot("neovim-code-actions")
    choose(neovim, "replacing all 2 occurrences")
    neovim.wait_for("return value + value")
    neovim.press("Escape", "u")
    wait_for_text(neovim, TEXT)


def test_what_a_model_wrote_is_seen_before_it_is_made(neovim: Neovim, model: AgentModel) -> None:
    """A refusal is said, what is put away changes nothing, and what is taken is undone in one step."""
    neovim.type("gg0wgra")
    choose(neovim, "Document area")
    wait_for_message(neovim, "did not answer in the form")
    for answer, text in (("2", TEXT), ("1", DOCUMENTED)):
        neovim.type("gg0wgra")
        choose(neovim, "Document area")
        shown = neovim.wait_for("Discard")
        assert '+    """Return the area twice.' in shown, shown
        assert neovim.lines() != DOCUMENTED.splitlines()
        neovim.shot("neovim-code-action")
        neovim.type(f"{answer}\n")
        neovim.wait_without("Discard")
        wait_for_text(neovim, text)
    neovim.press("u")
    wait_for_text(neovim, TEXT)


def test_a_long_change_is_looked_at_and_asked_about_again(neovim: Neovim, model: AgentModel) -> None:
    """What has no room beside the question is read first, and the question comes back."""
    model.script[:] = [ANSWER]
    neovim.lua("vim.o.lines = 20")
    neovim.type("gg0wgra")
    choose(neovim, "Document area")
    choose(neovim, "Look at all of it first")
    neovim.wait_without("Look at all of it first")
    neovim.press("G", "q")
    choose(neovim, "Apply")
    wait_for_text(neovim, DOCUMENTED)


def test_what_cannot_be_done_says_why(neovim: Neovim) -> None:
    neovim.type("gg0wgra")
    choose(neovim, "Inline function area (disabled)")
    wait_for_message(neovim, "Others may use this function from outside.")
