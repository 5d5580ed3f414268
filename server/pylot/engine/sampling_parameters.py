"""How a token is chosen; kept apart from the choosing, which needs numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplingParameters:
    """How to choose: temperature 0 is greedy; `top_k` 0, `top_p` 1 and `min_p` 0 switch a filter off."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    repeat_last: int = 64
    seed: int = 0
