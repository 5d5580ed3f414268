"""Warm-up, a constant stretch, and a linear decay to nothing (WSD: Hu et al. 2024, arXiv:2404.06395).

The decay may be asked for while training goes on, so the budget need not be known when it begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from training.failure import TrainingError

Unit = Literal["tokens", "seconds"]

_UNITS: dict[str, tuple[Unit, float]] = {
    "tokens": ("tokens", 1), "k": ("tokens", 1e3), "m": ("tokens", 1e6),
    "seconds": ("seconds", 1), "minutes": ("seconds", 60), "hours": ("seconds", 3600),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """So many tokens seen or seconds trained."""

    unit: Unit
    value: float


@dataclass(frozen=True, slots=True)
class Decay:
    """From `begin` on, the learning rate falls for `length` tokens or seconds."""

    unit: Unit
    begin: float
    length: float

    def done(self, progress: float) -> float:
        """Return the share of the decay that is over, from 0 to 1."""
        return min(1.0, max(0.0, (progress - self.begin) / self.length))


@dataclass(slots=True)
class Progress:
    """How far a run is; it stands in the checkpoint."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    windows: int = 0
    decay: Decay | None = None

    def of(self, unit: Unit) -> float:
        """Return the progress in a unit."""
        return self.tokens if unit == "tokens" else self.seconds

    def decay_done(self) -> float:
        """Return the share of the decay that is over; 0 before it begins."""
        return self.decay.done(self.of(self.decay.unit)) if self.decay else 0.0


def parse_amount(text: str) -> Amount:
    """Return what `30 minutes`, `10 hours`, `2000000 tokens` or `40M` mean; raises TrainingError."""
    found = re.fullmatch(r"\s*([\d.]+)\s*([a-zA-Z]+)\s*", text)
    unit, factor = _UNITS.get(found[2].lower(), (None, 0.0)) if found else (None, 0.0)
    if found is None or unit is None:
        raise TrainingError(f"`{text.strip()}` is no amount of training: write `30 minutes`, `10 hours` or `40M`.")
    return Amount(unit, float(found[1]) * factor)


def rate_scale(progress: Progress, warmup_steps: int) -> float:
    """Return what the learning rates are multiplied by: from 0 to 1, and 0 when training is over."""
    return min(1.0, (progress.step + 1) / warmup_steps) * (1.0 - progress.decay_done())


def planned_decay(budget: Amount, share: float, progress: Progress) -> Decay:
    """Return the decay that ends with a budget known in advance, counted from where training is now."""
    return Decay(budget.unit, progress.of(budget.unit) + budget.value * (1 - share), budget.value * share)
