"""A commit message is as git likes it, whatever a model puts around it (K4)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.commit_message import commit_ask, commit_message
from pylot.kernel.errors import ModelAnswerError

MESSAGES = [
    ("Add a", "Add a"),
    ("Add a.\n", "Add a"),
    ("**Add a**\n\n- b\n- c", "Add a\n\n- b\n- c"),
    ("Commit message:\n\nAdd a\n\nWhy.", "Add a\n\nWhy."),
    ('"Add a"', "Add a"),
    ("<think>x</think>```\nAdd a\n```", "Add a"),
    ("Add a\n\n" + "word " * 30, "Add a\n\n" + ("word " * 14).strip() + "\n" + ("word " * 14).strip() + "\nword word"),
    ("Add \u202ea", "Add ⟨U+202E⟩a"),
]


@pytest.mark.parametrize(("answer", "expected"), MESSAGES)
def test_a_message_is_cleaned(answer: str, expected: str) -> None:
    assert commit_message(answer) == expected


def test_no_message_is_an_error() -> None:
    with pytest.raises(ModelAnswerError):
        commit_message("``` \n```")


def test_every_file_of_a_long_diff_has_its_share() -> None:
    diff = "".join(f"diff --git a/{name} b/{name}\n" + f"+{name}\n" * 500 for name in ("aa", "bb"))
    asked = commit_ask(diff, "", 1_000).values["diff"]

    assert len(asked) < 1_100
    assert "+aa" in asked
    assert "+bb" in asked
