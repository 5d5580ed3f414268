"""How a model is loaded."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.models.door import SHIPPED_MODELS
from tests.support.random_bert import Bert, write_random_bert


@pytest.mark.parametrize(("asked_for", "taken"), [(0, 1), (2, 2)])
def test_a_tiny_model_has_one_thread_unless_the_user_wants_more(asked_for: int, taken: int) -> None:
    """Two threads on cores that others want read a prompt ten times slower than one."""
    parameters = RuntimeParameters(n_ctx=256, n_sequences=1, n_threads=asked_for)
    runtime = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], parameters)
    runtime.close()

    assert runtime.facts.n_threads == taken


def test_an_embedder_reads_a_text_with_its_ends_and_as_much_as_it_can(tmp_path: Path) -> None:
    """llama.cpp ends the whole process for a text that is longer than what such a model was trained for (C4, A7)."""
    runtime = LlamaRuntime(write_random_bert(tmp_path / "bert.gguf"), RuntimeParameters(n_ctx=256, n_sequences=1))
    short, n_short = runtime.embed("w0 w1 w2")
    long, n_long = runtime.embed("w0 " * 5000)
    longer, _ = runtime.embed("w0 " * 6000 + "w1")
    other, n_other = runtime.embed("")
    runtime.close()

    assert (n_short, n_long, n_other) == (5, Bert.context, 2)
    assert long == pytest.approx(longer)
    for vector in (short, long, other):
        assert math.hypot(*vector) == pytest.approx(1)
    assert short != pytest.approx(long, abs=1e-3)
