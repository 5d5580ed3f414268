"""Choose the next token from logits, and say how likely it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pylot.engine.sampling_parameters import SamplingParameters

Logits = NDArray[np.float32]

_NEGLIGIBLE_BELOW = 20.0


class Sampler:
    """Sample one stream; the same seed and logits give the same tokens."""

    def __init__(self, parameters: SamplingParameters) -> None:
        self._parameters = parameters
        self._random = np.random.default_rng(parameters.seed)

    def choose(self, logits: Logits, recent: list[int]) -> tuple[int, float]:
        """Return a token and its natural log-probability under the unfiltered model."""
        chosen_from = self._penalized(logits, recent)
        token = self._pick(chosen_from)
        return token, log_probability(logits, token)

    def _penalized(self, logits: Logits, recent: list[int]) -> Logits:
        penalty = self._parameters.repeat_penalty
        if penalty == 1.0:
            return logits
        last = sorted(set(recent[-self._parameters.repeat_last :])) if self._parameters.repeat_last else []
        if not last:
            return logits
        out = logits.copy()
        seen = out[last]
        out[last] = np.where(seen > 0, seen / penalty, seen * penalty)
        return out

    def _pick(self, logits: Logits) -> int:
        parameters = self._parameters
        if parameters.temperature <= 0:
            return int(logits.argmax())
        n_kept = min(parameters.top_k or len(logits), len(logits))
        candidates = np.argpartition(logits, -n_kept)[-n_kept:] if n_kept < len(logits) else np.arange(len(logits))
        candidates = candidates[np.argsort(-logits[candidates], kind="stable")]
        scores = logits[candidates].astype(np.float64) / parameters.temperature
        weights = np.exp(scores - scores[0])
        weights /= weights.sum()
        keep = (weights.cumsum() - weights < parameters.top_p) & (weights >= parameters.min_p * weights[0])
        keep[0] = True
        candidates, weights = candidates[keep], weights[keep]
        return int(self._random.choice(candidates, p=weights / weights.sum()))


def log_probability(logits: Logits, token: int) -> float:
    """Return the natural log-probability of a token."""
    top = float(logits.max())
    # Of a vocabulary of 150,000 words, those below weigh less than one in three thousand together.
    is_telling = logits > top - _NEGLIGIBLE_BELOW
    # Picking many words out of all takes longer than the exponentials that it spares.
    are_few = np.count_nonzero(is_telling) < len(logits) // 16
    telling = logits[np.flatnonzero(is_telling)] if are_few else logits
    return float(logits[token]) - top - float(np.log(np.exp(telling - top).sum()))
