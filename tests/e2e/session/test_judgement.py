"""What becomes of a model's answer between its tokens and the screen, in the real session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pylot.completion.values import SelectedCompletion, Trigger
from pylot.models.values import FimPrompt
from tests.support.scripted_provider import ScriptedProvider, put_in
from tests.support.window import Window

MakeWindow = Callable[..., Window]

PYTHON_BODY = (
    "total = 0\n    for value in values:\n        total += value\n    return total\n\n\ndef other():\n    pass\n"
)
GO_BODY = (
    "total := 0\n\tfor _, value := range values {\n\t\ttotal += value\n\t}\n\treturn total\n}\n\nfunc other() {\n}\n"
)


@pytest.fixture
def make_window(monkeypatch: pytest.MonkeyPatch) -> MakeWindow:
    def make(answer: str | Callable[[FimPrompt], str], *, logprob: float = -0.01) -> Window:
        provider = ScriptedProvider(answer, logprob=logprob)
        put_in(monkeypatch, provider)
        return Window(provider)

    return make


@pytest.mark.parametrize(
    ("path", "language", "text", "body", "expected"),
    [
        (
            "/p/a.py",
            "python",
            "def add(values):\n    ‸\n\n\nprint(add([1]))\n",
            PYTHON_BODY,
            "total = 0\n    for value in values:\n        total += value\n    return total",
        ),
        (
            "/p/a.go",
            "go",
            "package main\n\nfunc add(values []int) int {\n\t‸\n}\n\nfunc main() {\n}\n",
            GO_BODY,
            "total := 0\n\tfor _, value := range values {\n\t\ttotal += value\n\t}\n\treturn total",
        ),
        ("/p/b.py", "python", "values = [1, 2]\ntotal = s‸\nprint(total)\n", "um(values)\nother = 2\n", "um(values)"),
    ],
)
async def test_a_block_is_suggested_whole_and_a_line_alone(
    make_window: MakeWindow, path: str, language: str, text: str, body: str, expected: str
) -> None:
    """Where a body is missing the suggestion ends with it; elsewhere it ends with the line (D2, D3)."""
    answer = await make_window(body).complete_new(path, text, language=language)

    assert [suggestion.text for suggestion in answer.suggestions] == [expected]


@pytest.mark.parametrize("trigger", list(Trigger))
async def test_what_would_break_the_syntax_is_withheld(make_window: MakeWindow, trigger: Trigger) -> None:
    window = make_window("def = class ]")
    answer = await window.complete_new("/p/a.py", "values = [1, 2]\nprint(values)\n‸\nprint(1)\n", trigger=trigger)

    assert (answer.suggestions, answer.reason) == ((), "breaks_syntax")


async def test_what_is_unlikely_is_shown_only_to_who_asked_for_it(make_window: MakeWindow) -> None:
    """The reason for silence is named."""
    window = make_window("print(values)", logprob=-3.0)
    text = "values = [1, 2]\n‸\nother = 1\n"
    silent = await window.complete_new("/p/a.py", text)
    asked = await window.complete_new("/p/a.py", text, trigger=Trigger.INVOKED)

    assert (silent.suggestions, silent.reason) == ((), "low_confidence")
    assert [suggestion.text for suggestion in asked.suggestions] == ["print(values)"]


async def test_an_invoked_request_gets_several_answers_and_an_automatic_one(make_window: MakeWindow) -> None:
    answers = iter(["print(values)", "print(values[0])", "values.append(3)", "print(values)"])
    window = make_window(lambda _prompt: next(answers))
    text = "values = [1, 2]\n‸\n"
    several = await window.complete_new("/p/a.py", text, trigger=Trigger.INVOKED)
    window.session.set_editor_settings({"completion": {"max_lines": 11}})
    one = await window.complete_new("/p/a.py", text)

    texts = [suggestion.text for suggestion in several.suggestions]
    assert sorted(texts) == ["print(values)", "print(values[0])", "values.append(3)"]
    assert len(one.suggestions) == 1


async def test_a_newer_request_answers_the_older_one_at_once(make_window: MakeWindow) -> None:
    """The model holds its answer back; the older request does not wait for it."""
    window = make_window("print(values)")
    window.provider.gate.clear()
    text = "values = [1, 2]\n‸\n"
    uri = window.show("/p/a.py", text)
    older = asyncio.create_task(window.complete(uri, text))
    while not window.provider.prompts:
        await asyncio.sleep(0)
    typed = "values = [1, 2]\np‸\n"
    window.change(uri, typed)
    newer = asyncio.create_task(window.complete(uri, typed))
    superseded = await older
    assert not newer.done()
    window.provider.gate.set()

    assert superseded.superseded
    assert [suggestion.text for suggestion in (await newer).suggestions] == ["rint(values)"]
    assert len(window.provider.prompts) == 1


async def test_the_entry_selected_in_the_list_is_extended(make_window: MakeWindow) -> None:
    """The answer replaces the entry's range and begins with its text (LSP 3.18, SelectedCompletionInfo)."""
    window = make_window("(values)")
    text = "values = [1, 2]\npri‸\n"
    start = text.index("pri")
    selected = SelectedCompletion(start, start + 3, "print")
    answer = await window.complete_new("/p/a.py", text, selected=selected)

    assert [(each.text, each.start, each.end) for each in answer.suggestions] == [("print(values)", start, start + 3)]
    assert window.provider.prompts[0].tail == "print"


async def test_typing_through_costs_no_model(make_window: MakeWindow) -> None:
    window = make_window("print(values)")
    text = "values = [1, 2]\n‸\n"
    uri = window.show("/p/a.py", text)
    texts = []
    for typed in ("", "p", "pr", "print(", "pri", "print(v"):
        text = f"values = [1, 2]\n{typed}‸\n"
        window.change(uri, text)
        texts += [typed + each.text for each in (await window.complete(uri, text)).suggestions]

    assert set(texts) == {"print(values)"}
    assert len(window.provider.prompts) == 1
