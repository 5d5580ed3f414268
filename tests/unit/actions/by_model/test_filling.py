"""A model that cannot chat still completes a stub, as far as what it writes parses (K4)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.asking import Asking
from pylot.actions.by_model.filling import fill_body
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAnswerError, OperationCancelledError, PylotError
from tests.support.code_places import place_in, text_after
from tests.support.scripted_provider import ScriptedProvider

PYTHON = 'def area(w, h):\n    """Return the area."""\n    ‸pass\n\n\nx = 1\n'
DOCUMENTED = 'def area(w, h):\n    """Return the area."""\n'
REST = "\n\n\nx = 1\n"
FILLED = [
    ("python", PYTHON, "return w * h\n", f"{DOCUMENTED}    return w * h{REST}"),
    ("python", PYTHON, "a = w\n    return a\n\ndef evil():\n    pass\n", f"{DOCUMENTED}    a = w\n    return a{REST}"),
    ("python", PYTHON, "a = w\n    return (a *", f"{DOCUMENTED}    a = w{REST}"),
    ("javascript", "function f(a) {\n  ‸throw new Error('TODO');\n}\n", "return a;\n}\nevil();",
     "function f(a) {\n  return a;\n}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "answer", "expected"), FILLED)
async def test_the_whole_lines_that_parse_are_taken(language: str, text: str, answer: str, expected: str) -> None:
    place, provider = place_in(text, language), ScriptedProvider(answer)
    plan = await fill_body(place, place.text, Asking(provider, Prompts(), CancellationToken()))

    assert text_after(place, plan) == expected
    assert "TODO" not in provider.seen


@pytest.mark.parametrize("answer", ["", "\n", "(((", "pass\n", "def area(w, h):\n        return 1\n"])
async def test_nothing_useful_changes_nothing(answer: str) -> None:
    place = place_in(PYTHON)
    with pytest.raises(PylotError):
        await fill_body(place, place.text, Asking(ScriptedProvider(answer), Prompts(), CancellationToken()))


async def test_a_cancelled_answer_changes_nothing() -> None:
    place, token = place_in(PYTHON), CancellationToken()
    token.cancel("by the user")
    with pytest.raises((OperationCancelledError, ModelAnswerError)):
        await fill_body(place, place.text, Asking(ScriptedProvider("return 1"), Prompts(), token))
