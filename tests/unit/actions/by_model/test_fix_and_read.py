"""A fix changes the lines around its finding and no others; explaining and reviewing change nothing (K4)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.task import Answer
from pylot.actions.offer import Finding
from pylot.kernel.errors import ActionRefusedError, EditMismatchError, ModelAnswerError
from tests.support.code_places import offers_at, place_in, plan_at, text_after

TEXT = "import os\n\n\ndef f(a):\n    return a + ‸b\n\n\ndef g():\n    return 1\n"
FIXED = TEXT.replace("‸", "").replace("a + b", "a")
AT = TEXT.index("‸")
FINDING = Finding(AT, AT + 1, 'undefined name "b"\n(see the manual)', "pyflakes", "F821", 3)

FIXES = [
    ("the function", "```python\ndef f(a):\n    return a\n```", FIXED),
    (
        "the function among others",
        "```python\nimport sys\n\ndef f(a):\n    return a\n\ndef g():\n    return 2\n```",
        FIXED,
    ),
    ("a block", "<<<<<<< SEARCH\n    return a + b\n=======\n    return a\n>>>>>>> REPLACE", FIXED),
]
FIX_REFUSED: list[tuple[str, str, type[Exception]]] = [
    ("a block elsewhere", "<<<<<<< SEARCH\n    return 1\n=======\n    return 2\n>>>>>>> REPLACE", EditMismatchError),
    ("nothing new", "```python\ndef f(a):\n    return a + b\n```", ActionRefusedError),
    ("broken", "```python\ndef f(a)\n    return a\n```", ActionRefusedError),
]


@pytest.mark.parametrize(("answer", "expected"), [case[1:] for case in FIXES], ids=[case[0] for case in FIXES])
def test_a_fix_stays_in_the_function_of_its_finding(answer: str, expected: str) -> None:
    place = place_in(TEXT, findings=[FINDING])

    assert text_after(place, plan_at(place, "fix", answer)) == expected


@pytest.mark.parametrize(("answer", "error"), [case[1:] for case in FIX_REFUSED], ids=[c[0] for c in FIX_REFUSED])
def test_a_fix_that_does_not_fit_changes_nothing(answer: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_at(place_in(TEXT, findings=[FINDING]), "fix", answer)


def test_each_finding_has_an_offer_that_names_and_settles_it() -> None:
    [offer] = [each for each in offers_at(place_in(TEXT, findings=[FINDING])) if each.id == "fix"]

    assert (offer.title, offer.kind, offer.fixes) == ('Fix: undefined name "b" (see the manual)', "quickfix", (3,))


def test_outside_of_functions_only_the_lines_around_may_change() -> None:
    lines = [f"x{number} = {number}" for number in range(20)]
    text = "\n".join(lines) + "\n"
    at = text.index("x9")
    place = place_in(text[:at] + "‸" + text[at:], findings=[Finding(at, at + 2, "bad")])

    after = text_after(place, plan_at(place, "fix", "```python\ny = 1\n```"))

    assert after == "\n".join([*lines[:5], "y = 1", *lines[14:]]) + "\n"


def test_an_explanation_is_a_page_without_links_and_hidden_characters() -> None:
    place = place_in("def f(a):\n    ‸return a\n")
    plan = plan_at(place, "explain", "<think>hm</think>It [returns](command:evil) a.\n![x](http://e)\u202e<https://e>")

    assert plan.edits == ()
    assert plan.page == "# a.py, line 1\n\nIt returns a.\nx⟨U+202E⟩\n"


def test_problems_stand_on_their_lines_and_in_the_selection() -> None:
    place = place_in("a = 1\n‸def f(a):\n    return a / 0‸\nb = 2\n")
    found = [
        {"line": 3, "severity": "error", "message": "Divides\nby zero."},
        {"line": 1, "severity": "error", "message": "Elsewhere."},
    ]
    plan = plan_at(place, "review", Answer(value={"problems": found}))

    assert plan.edits == ()
    assert plan.problems == (Finding(20, 32, "Divides by zero.", "Pylot", "error"),)
    assert plan.label == "1 problem found."


@pytest.mark.parametrize("marked", ["def f(a):\n    return‸ ‸a\n", "def f(a):‸\n‸    return a\n"])
def test_a_block_cursor_is_a_cursor(marked: str) -> None:
    """Helix asks with a range of one character."""
    titles = {each.id: each.title for each in offers_at(place_in(marked))}

    assert titles["explain"] == "Explain f"
    assert titles["document"] == "Document f"


def test_no_problems_are_an_answer_too() -> None:
    plan = plan_at(place_in("‸a = 1‸\n"), "review", Answer(value={"problems": []}))

    assert (plan.problems, plan.label) == ((), "No problems found.")


def test_an_empty_explanation_is_an_error() -> None:
    with pytest.raises(ModelAnswerError):
        plan_at(place_in("‸a = 1‸\n"), "explain", " ")
