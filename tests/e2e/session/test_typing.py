"""Somebody types into a file of 400 lines: the issue's second point, in counts; the times are in tests/bench."""

from __future__ import annotations

import random
import statistics

import pytest

from tests.support.editor import Editor, Home, step_of
from tests.support.real_text import TYPED, real_text
from tests.support.stdio_client import JsonObject

URI = "file:///project/textwrap.py"
LINE = 200


def file_with_cursor() -> str:
    lines = real_text(400).splitlines(keepends=True)
    return "".join([*lines[:LINE], "‸", *lines[LINE:]])


def test_three_hundred_keystrokes(home: Home) -> None:
    """Every request gets its one answer, and a keystroke costs a token, not a prompt (T10)."""
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\ndebounce_ms = 0\n")
    traces: dict[str, JsonObject] = {}
    n_typed = 300
    with Editor() as editor:
        editor.start()
        editor.show(URI, file_with_cursor())
        editor.load_model()
        for idx, character in enumerate(TYPED[:n_typed]):
            editor.type(character)
            editor.ghost_texts()
            if idx % 40 == 39:
                traces |= {trace["id"]: trace for trace in editor.traces()}
        traces |= {trace["id"]: trace for trace in editor.traces()}
        editor.leave()
        leftovers = [it for it in editor.remaining() if "id" in it and "method" not in it]

    automatic = [trace for trace in traces.values() if trace["trigger"] == "automatic"]
    generated = [trace for trace in automatic if trace["promptTokens"]]
    typed_through = [trace for trace in automatic if step_of(trace, "lookup")["outcome"] == "typed through"]
    reused = [trace["reusedTokens"] / sum(trace["promptTokens"].values()) for trace in generated]
    assert leftovers == []
    assert sorted(trace["version"] for trace in automatic) == list(range(2, n_typed + 2))
    assert len(generated) > 100
    assert statistics.median(reused) >= 0.95
    assert typed_through
    assert all(trace["shown"] == 1 and not trace["promptTokens"] for trace in typed_through)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_answer_for_a_version_that_is_gone(home: Home, seed: int) -> None:
    """Changes come in bursts while requests are at work (T9)."""
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\neagerness = 'eager'\ndebounce_ms = 0\n")
    generator = random.Random(seed)
    with Editor() as editor:
        editor.start()
        editor.show(URI, file_with_cursor())
        editor.load_model()
        stale, current = [], []
        for start in range(0, 240, 8):
            burst = TYPED[start : start + 8]
            for character in burst:
                editor.type(character)
                stale.append(editor.ask_ghost_text())
                if generator.random() < 0.2:
                    # The request's own place moves on before it can be answered.
                    editor.type(" ")
            editor.type("\n" if generator.random() < 0.3 else "x")
            current.append((editor.ask_ghost_text(), {"line": editor.line, "character": editor.character}))
            answer = editor.answer(current[-1][0])["result"]
            starts = [item["range"]["start"] for item in (answer or {"items": []})["items"]]
            assert answer is not None
            assert starts == [current[-1][1]] * len(starts)
        answers = [editor.answer(each) for each in stale]

    # A request may be answered before the next change arrives, but never twice and never late.
    assert len(answers) == 240
    assert all("result" in answer for answer in answers)
    assert sum(answer["result"] is None for answer in answers) > 60
