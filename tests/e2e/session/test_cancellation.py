"""Cancelling reaches the decode loop and leaves nothing behind; tests/slow does it a thousand times."""

from __future__ import annotations

from tests.support.cancelling import SLOW_MODEL, cancel_at_random, open_file, prepare, wait_until_idle
from tests.support.editor import Editor, Home
from tests.support.random_gguf import RandomModels


def test_a_hundred_completions_cancelled_at_random_moments(home: Home, random_model: RandomModels) -> None:
    """Every one is answered, and afterwards the engine has nothing to do (T7)."""
    prepare(home, random_model(SLOW_MODEL))
    with Editor() as editor:
        found = cancel_at_random(editor, open_file(editor), 100)
        wait_until_idle(editor)
        after = editor.ghost_texts(invoked=True)
        engine = editor.engine()["engine"]
        editor.leave()

    assert found.n_answered == 100
    assert found.n_cancelled > 0
    assert after
    assert sum(sequence["tokens"] for sequence in engine["sequences"]) <= engine["cells"]
