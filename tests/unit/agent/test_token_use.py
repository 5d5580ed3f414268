"""What a task has cost, and how fast its models were, by what they counted themselves (B5, I18, Q3)."""

from __future__ import annotations

import pytest

from pylot.agent.token_use import token_use
from pylot.journal.events import ModelCallFinished


def call(read: int, written: int, speed: float | None) -> ModelCallFinished:
    return ModelCallFinished(
        role="action",
        prompt_tokens=read,
        cached_tokens=read // 2,
        completion_tokens=written,
        tokens_per_second=speed,
    )


def test_the_average_counts_tokens_and_not_calls() -> None:
    use = token_use([call(100, 10, 10.0), call(200, 90, 30.0), call(50, 5, None)])

    assert (use.calls, use.prompt_tokens, use.cached_tokens, use.completion_tokens) == (3, 350, 175, 105)
    assert (use.slowest, use.fastest) == (10.0, 30.0)
    assert use.average == pytest.approx(100 / (10 / 10 + 90 / 30))


def test_nothing_is_made_up_where_no_model_told_its_time() -> None:
    assert token_use([call(1, 1, None)]).to_json() == {
        "calls": 1,
        "promptTokens": 1,
        "cachedTokens": 0,
        "completionTokens": 1,
    }
