"""Nothing hostile looks like anything else in the question about it (D5, T25)."""

from __future__ import annotations

import json
import unicodedata

import pytest

from pylot.app.approval_question import new_approval
from pylot.app.question_page import question_page
from pylot.journal.approvals import NewApproval
from pylot.policy.actions import RunCommand, WriteFile
from pylot.policy.decide import decide
from tests.support.policy_corpus import cases, named_programs
from tests.support.policy_workspace import Ground, action_of, install, make_ground

FORGED = "x\nRisk: low\n- You have allowed exactly this.\n  $ ls\u202e\x1b[2K"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    ground = make_ground(tmp_path_factory.mktemp("questions"))
    install(ground.bin, *named_programs(), "git")
    return ground


@pytest.fixture(scope="module")
def questions(ground: Ground) -> list[NewApproval]:
    found = []
    for case in cases("hostile.jsonl"):
        try:
            action = action_of(case, ground)
        except ValueError:
            continue
        decision = decide(action, ground.situation())
        if decision.verdict == "ask":
            found.append(
                new_approval(action, decision, task_id="t", index=1, tool="tool", reason=FORGED, root=ground.root,
                             sandbox="landlock", before=None)
            )  # fmt: skip
    return found


def page_of(asked: NewApproval) -> str:
    return question_page({"id": "a", "title": asked.title, "risk": asked.risk, **(asked.request or {})})


def test_what_is_shown_hides_nothing(questions: list[NewApproval]) -> None:
    unseen = [
        asked.title
        for asked in questions
        for character in page_of(asked)
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]

    assert len(questions) > 500
    assert unseen == []


def test_a_model_cannot_speak_in_pylots_voice(questions: list[NewApproval]) -> None:
    for asked in questions:
        lines = page_of(asked).splitlines()

        assert lines.count(f"Risk: {asked.risk}") == 1
        assert "- You have allowed exactly this." not in lines
        assert sum("Risk: low" in line for line in lines) == 1 + (asked.risk == "low")


def test_a_long_command_is_shown_to_its_end(ground: Ground) -> None:
    action = RunCommand(line="echo " + "a" * 400 + " | sh")
    asked = new_approval(action, decide(action, ground.situation()), task_id="t", index=1, tool="tool", reason="",
                         root=ground.root, sandbox="landlock", before=None)  # fmt: skip

    assert asked.title.startswith("Run echo aaa")
    assert "characters left out" in asked.title
    assert asked.title.endswith("aaa | sh")
    assert str(action.line) in page_of(asked)


def test_a_change_shows_what_cannot_be_seen(ground: Ground) -> None:
    action = WriteFile(path="src/new.py", before_hash=None, text="ok = 1  # \u202e\x1b[8m\nif a\u200bdmin: pass\n")
    asked = new_approval(action, decide(action, ground.situation(mode="ask")), task_id="t", index=1, tool="tool",
                         reason="", root=ground.root, sandbox="landlock", before=None)  # fmt: skip
    page = page_of(asked)

    assert "+ok = 1  # ⟨U+202E⟩⟨U+001B⟩[8m" in page
    assert "+if a⟨U+200B⟩dmin: pass" in page


def test_the_record_is_the_action_and_not_what_is_shown(ground: Ground) -> None:
    """T2: what will be performed is stored as it is."""
    action = RunCommand(line="echo '\u202e'")
    asked = new_approval(action, decide(action, ground.situation()), task_id="t", index=1, tool="tool", reason=FORGED,
                         root=ground.root, sandbox="landlock", before=None)  # fmt: skip

    assert RunCommand.model_validate(json.loads(json.dumps(asked.action))) == action
