"""Sampling parameters do what they say (I1)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pylot.engine.sampling import Sampler, log_probability
from pylot.engine.sampling_parameters import SamplingParameters

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))


def draws(parameters: SamplingParameters, recent: list[int] | None = None) -> set[int]:
    sampler = Sampler(parameters)
    return {sampler.choose(LOGITS, recent or [])[0] for _ in range(300)}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (SamplingParameters(), {0}),
        (SamplingParameters(temperature=1.0, top_p=1.0), {0, 1, 2, 3}),
        (SamplingParameters(temperature=1.0, top_p=1.0, top_k=2), {0, 1}),
        (SamplingParameters(temperature=1.0, top_p=0.6), {0, 1}),
        (SamplingParameters(temperature=1.0, top_p=1.0, min_p=0.5), {0, 1}),
        (SamplingParameters(temperature=1.0, top_p=0.01), {0}),
    ],
)
def test_filters(parameters: SamplingParameters, expected: set[int]) -> None:
    assert draws(parameters) == expected


def test_the_same_seed_gives_the_same_tokens() -> None:
    parameters = SamplingParameters(temperature=1.0, seed=7)
    first, second = Sampler(parameters), Sampler(parameters)

    assert [first.choose(LOGITS, []) for _ in range(20)] == [second.choose(LOGITS, []) for _ in range(20)]


def test_a_repeated_token_is_penalized() -> None:
    assert draws(SamplingParameters(repeat_penalty=4.0), recent=[0]) == {1}


def test_log_probability_is_that_of_the_model() -> None:
    assert log_probability(LOGITS + 3, 1) == pytest.approx(math.log(0.3), abs=1e-5)
