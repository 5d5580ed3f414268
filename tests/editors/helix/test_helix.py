"""Helix with the shipped model, and in front of an agent (K5, issue 7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.actions_case import ANSWER, DOCUMENTED, NO_ANSWER, TEXT, prepare
from tests.editors.helix.helix import Helix
from tests.editors.neovim.test_real_agent import BEFORE, SCRIPT
from tests.editors.terminal import processes_of, until
from tests.support.agent_model import AgentModel
from tests.support.editor import LEAVE_AT_ONCE, PYLOT_LSP, Home

PYTHON = """def read_settings(path):
    with open(path) as file:
        return json.load(file)


def read_users(path):
"""
GO = """package paths

func readSettings(path string) ([]byte, error) {
\tif path == "" {
\t\treturn nil, errMissing
\t}
\treturn os.ReadFile(path)
}

func readUsers(path string) ([]byte, error) {
"""
# What is typed at the end of a file, the entry of the menu, and how deep the two lines are that it becomes.
CASES = [
    ("paths.py", PYTHON, ("    with op",), "open(path) as file:", ("    with open(path) as file:", "        ")),
    ("paths.go", GO, ("Tab", "if path"), 'path == "" {', ('\tif path == "" {', "\t\t")),
]


@pytest.fixture
def helix(own_home: Path) -> Iterator[Helix]:
    Home(own_home / "home").configure(f"{LEAVE_AT_ONCE}[completion]\neagerness = 'always'\nmultiline = 'always'\n")
    (own_home / "work" / ".git").mkdir(parents=True)
    with Helix(own_home) as helix:
        yield helix


@pytest.mark.parametrize(("name", "text", "typed", "entry", "begins"), CASES, ids=[case[0] for case in CASES])
def test_a_completion_is_accepted_with_the_right_indentation(
    helix: Helix, own_home: Path, name: str, text: str, typed: tuple[str, ...], entry: str, begins: tuple[str, str]
) -> None:
    """Helix indents the later lines by itself, and what stands in the file is right (K5)."""
    file = own_home / "work" / name
    file.write_text(text, encoding="utf-8")
    helix.open(own_home, file, PYLOT_LSP)
    helix.press("g", "e", "o")
    for keys in typed:
        helix.press(keys) if keys == "Tab" else helix.type(keys)
    helix.wait_for(f"{entry} snippet")
    helix.press("Tab")
    helix.wait_for("Pylot (")
    helix.shot(f"helix-{file.suffix[1:]}")
    helix.press("Enter", "Escape")
    helix.type(":w!\n")
    first, second = until(
        lambda: file.read_text(encoding="utf-8").splitlines()[len(text.splitlines()) :], helix.screen
    )[:2]
    assert first == begins[0]
    assert second.startswith(begins[1])
    assert second[len(begins[1])].isalpha()
    helix.type(":q!\n")
    until(lambda: not processes_of(own_home / "home"), helix.screen, patience=5)


def test_a_task_asks_in_messages_and_edits_what_is_open(helix: Helix, own_home: Path) -> None:
    """A command of Pylot's runs, its questions are messages with actions, and the answers reach the agent (K5, T24)."""
    file = own_home / "work" / "greet.py"
    file.write_text(BEFORE, encoding="utf-8")
    with AgentModel(SCRIPT) as model:
        trust = f"[workspace]\ntrusted = ['{file.parent.as_posix()}']\n"
        Home(own_home / "home").configure(f"{LEAVE_AT_ONCE}{trust}{model.settings}")
        helix.open(own_home, file, PYLOT_LSP)
        helix.type(':lsp-workspace-command pylot.agent.run "Greet by name"\n')
        helix.wait_for("Change greet.py")
        helix.shot("helix-approval")
        helix.press("Enter")
        helix.wait_for("Hello, {name}!")
        helix.wait_for("Run rm -r build")
        helix.press("Down", "Down", "Enter")
        helix.wait_for("I changed the greeting, and ran nothing.")
        said = [str(message["content"]) for message in model.asked[-1] if message["role"] == "tool"]
    assert "denied" in said[-1].lower()


def test_code_actions_are_applied_and_undone_in_one_step(helix: Helix, own_home: Path) -> None:
    """The menu shows what Pylot offers for the selection, with a model too; what fails is said (K5, L1, L5)."""
    with AgentModel([NO_ANSWER, NO_ANSWER, ANSWER]) as model:
        file = prepare(own_home, model)
        helix.open(own_home, file, PYLOT_LSP)

        def is_saved_as(text: str) -> None:
            helix.type(":w!\n")
            until(lambda: file.read_text(encoding="utf-8") == text, helix.screen)

        # The last line, its second word, and two words more.
        helix.type("gegswwvee")
        helix.press("Space", "a")
        helix.wait_for("Document area")
        helix.shot("helix-code-actions")
        helix.press("Down", "Enter")
        helix.wait_for("return value + value")
        helix.press("Escape", "u")
        helix.wait_for("return width * height + width * height")
        is_saved_as(TEXT)

        for expected in ("did not answer in the form", "Return the area twice."):
            helix.type("ggw")
            helix.press("Space", "a")
            helix.wait_for("Document area")
            helix.press("Enter")
            helix.wait_for(expected)
        is_saved_as(DOCUMENTED)
        helix.press("u")
        helix.wait_without("Return the area twice.")
        is_saved_as(TEXT)


def test_a_command_with_arguments_finds_a_place_and_goes_there(
    helix: Helix, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What docs/editors/helix.md names is run with JSON, and its answer is a menu (K5)."""
    monkeypatch.delenv("PYLOT_INDEX__ENABLED")
    Home(own_home / "home").configure(f"{LEAVE_AT_ONCE}[index]\nvectors = false\nidle_seconds = 0.1\n")
    file = own_home / "work" / "paths.py"
    file.write_text(PYTHON, encoding="utf-8")
    helix.open(own_home, file, PYLOT_LSP)

    def is_found() -> bool:
        """Ask again while the workspace is still being read."""
        helix.press("Escape")
        helix.type(':lsp-workspace-command pylot.search {"text":"read users","show":true}\n')
        answered = until(lambda: [it for it in ("Go to:", "Nothing in") if it in helix.screen()], helix.screen)
        return answered == ["Go to:"]

    until(is_found, helix.screen)
    helix.wait_for("read_users (paths.py:6)")
    helix.press("Enter")
    helix.wait_for("6:1")
