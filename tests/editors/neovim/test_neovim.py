"""Neovim with the shipped model: ghost text in all its parts, progress, and nothing left behind (K4, issue 7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.neovim.neovim import Neovim
from tests.editors.terminal import processes_of, until
from tests.support.editor import LEAVE_AT_ONCE, PYLOT_LSP, Home

TEXT = """import json
from pathlib import Path


def read_settings(path: Path) -> dict:
    with open(path) as file:
        return json.load(file)


def read_users(path: Path) -> dict:
"""


@pytest.fixture
def neovim(own_home: Path) -> Iterator[Neovim]:
    Home(own_home / "home").configure(LEAVE_AT_ONCE)
    with Neovim(own_home) as neovim:
        yield neovim


def open_paths(neovim: Neovim, folder: Path, *, builtin: bool, typed: str = "with op") -> None:
    work = folder / "work"
    work.mkdir()
    file = work / "paths.py"
    file.write_text(TEXT, encoding="utf-8")
    neovim.open(folder, file, PYLOT_LSP, builtin=builtin)
    neovim.press("G", "o")
    neovim.type(typed)


@pytest.mark.parametrize("builtin", [True, False])
def test_ghost_text_is_accepted_by_word_by_line_and_whole(neovim: Neovim, own_home: Path, *, builtin: bool) -> None:
    """Each key takes its part, and the rest is there again afterwards (K4)."""
    open_paths(neovim, own_home, builtin=builtin)
    assert neovim.wait_for_ghost().splitlines()[0] == "en(path) as file:"
    neovim.shot(f"neovim-ghost-text{'' if builtin else '-own'}")
    neovim.press("M-Right")
    until(lambda: neovim.lines()[-1] == "    with open", neovim.screen)
    assert neovim.wait_for_ghost().splitlines()[0] == "(path) as file:"
    neovim.press("M-C-Right")
    until(lambda: neovim.lines()[-1] == "    with open(path) as file:", neovim.screen)
    neovim.press("Enter")
    neovim.type("ret")
    assert neovim.wait_for_ghost().splitlines()[0] == "urn json.load(file)"
    neovim.press("Tab")
    until(lambda: neovim.lines()[-1].strip() == "return json.load(file)", neovim.screen)


def test_several_suggestions_are_cycled(neovim: Neovim, own_home: Path) -> None:
    """Asking for another shows more of them, forwards and backwards (K4)."""
    open_paths(neovim, own_home, builtin=True, typed="for index in ")
    neovim.lua("vim.api.nvim_input('<M-]>')")
    first = until(lambda: shown if "(1/" in (shown := neovim.ghost()) else "", neovim.screen)
    neovim.lua("vim.api.nvim_input('<M-]>')")
    until(lambda: "(2/" in neovim.ghost(), neovim.screen)
    neovim.lua("vim.api.nvim_input('<M-[>')")
    until(lambda: neovim.ghost() == first, neovim.screen)
    neovim.press("C-]")
    until(lambda: not neovim.ghost(), neovim.screen)


@pytest.mark.parametrize("builtin", [True, False])
def test_nothing_is_left_after_quitting(neovim: Neovim, own_home: Path, *, builtin: bool) -> None:
    """`:q` ends the server, and with it the engine (K4, issue 7)."""
    open_paths(neovim, own_home, builtin=builtin)
    neovim.wait_for_ghost()
    home = own_home / "home"
    assert {kind: len(found) for kind, found in processes_of(home).items()} == {"lsp": 1, "engine": 1}
    neovim.press("Escape")
    neovim.type(":q!\n")
    until(lambda: not processes_of(home), lambda: str(processes_of(home)), patience=5)
