from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that make a network; a head has `head_width` values whatever `width` is."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int = 8192
    head_width: int = 64
    rope_base: float = 10_000.0
    epsilon: float = 1e-5
