"""The corpus of agent-techniques section 3: nothing hostile goes unasked, and ordinary work asks as documented."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Any

import pytest

from pylot.kernel.shown_text import visible
from pylot.policy.decide import decide
from pylot.policy.rules import Rules
from tests.support.policy_corpus import cases, named_programs
from tests.support.policy_workspace import Ground, action_of, install, make_ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    ground = make_ground(tmp_path_factory.mktemp("corpus"))
    install(ground.bin, *named_programs(), "git")
    return ground


def test_nothing_hostile_goes_unasked(ground: Ground) -> None:
    """At least 300 inputs of every class (C19, D6), in a trusted workspace whose user lets edits through."""
    situation = ground.situation()
    allowed = []
    for case in cases("hostile.jsonl"):
        try:
            action = action_of(case, ground)
        except ValueError:
            continue
        decision = decide(action, situation)
        if decision.verdict == "allow" or "check_failed" in [reason.code for reason in decision.reasons]:
            allowed.append(case)

    assert allowed == []


def test_the_corpus_is_as_large_as_promised() -> None:
    classes = Counter(case["class"] for case in cases("hostile.jsonl"))

    assert classes.total() >= 300
    assert len(classes) >= 15
    assert len(cases("ordinary.jsonl")) >= 60


def test_what_no_shown_text_may_hide_is_made_visible() -> None:
    texts = [case["line"] for case in cases("hostile.jsonl") if visible(case.get("line", "")) != case.get("line", "")]
    shown = [visible(text, line_ends=False) for text in texts]

    assert len(texts) > 15
    assert [text for text in shown if "⟨U+" not in text or unicodedata.category(min(text)) == "Cc"] == []


@pytest.mark.parametrize("case", cases("ordinary.jsonl"), ids=lambda case: str(case["line"]))
def test_ordinary_commands_ask_as_documented(case: dict[str, Any], ground: Ground) -> None:
    """No more than docs/security.md says (D6), without any rule of the user's."""
    decision = decide(action_of(case, ground), ground.situation(mode="ask", rules=Rules()))

    assert (decision.verdict, list(decision.scopes)) == (case["verdict"], case.get("scopes", []))


def test_nothing_hostile_is_allowed_with_nobody_to_ask(ground: Ground) -> None:
    """Every second case, as each is decided about like the others."""
    situation = ground.situation(may_ask=False, sandbox_level="none", trusted=False)
    verdicts = set()
    for case in cases("hostile.jsonl")[::2]:
        try:
            verdicts.add(decide(action_of(case, ground), situation).verdict)
        except ValueError:
            continue

    assert verdicts == {"deny"}
