"""How a model is loaded."""

from __future__ import annotations

import pytest

from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.models.door import SHIPPED_MODELS


@pytest.mark.parametrize(("asked_for", "taken"), [(0, 1), (2, 2)])
def test_a_tiny_model_has_one_thread_unless_the_user_wants_more(asked_for: int, taken: int) -> None:
    """Two threads on cores that others want read a prompt ten times slower than one."""
    parameters = RuntimeParameters(n_ctx=256, n_sequences=1, n_threads=asked_for)
    runtime = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], parameters)
    runtime.close()

    assert runtime.facts.n_threads == taken
