"""A thousand cancelled completions: the issue's third point at its full size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cancelling import SLOW_MODEL, cancel_at_random, open_file, prepare, wait_until_idle
from tests.support.editor import Editor, Home
from tests.support.random_gguf import RandomModels

MAX_GROWTH = 8 << 20


@pytest.mark.parametrize("seed", [3])
def test_a_thousand_completions_cancelled_at_random_moments(
    own_home: Path, random_model: RandomModels, seed: int
) -> None:
    """Every one is answered, no sequence stays busy, and memory stands still in the second half (T7)."""
    home = Home(own_home / "home")
    prepare(home, random_model(SLOW_MODEL))
    with Editor() as editor:
        found = cancel_at_random(editor, open_file(editor), 1_000, seed=seed)
        wait_until_idle(editor)
        editor.leave()

    middle = len(found.memory) // 2
    assert found.n_answered == 1_000
    assert found.n_cancelled > 0
    assert found.memory[-1] - found.memory[middle] <= MAX_GROWTH
