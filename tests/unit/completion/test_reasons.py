"""Every cause of silence has its sentence (issue 2, `pylot.explain`)."""

from __future__ import annotations

import pytest

from pylot.completion.reasons import Reason, sentence


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_is_one_sentence(reason: Reason) -> None:
    text = sentence(reason)

    assert text[0].isupper()
    assert text.endswith(".")
    assert text.count(". ") == 0
    assert reason.value == reason.name.lower()


def test_sentences_differ() -> None:
    assert len({sentence(reason) for reason in Reason}) == len(Reason)


def test_a_foreign_reason_is_passed_on() -> None:
    assert sentence("from elsewhere") == "from elsewhere"
