"""Muon for the layers' matrices (Jordan et al. 2024), AdamW for the embedding and the norms (arXiv:1711.05101)."""

from __future__ import annotations

from typing import Any

import torch

from training.model import CodeModel
from training.recipe import Recipe

_MOMENTUM = 0.95
_BETAS = (0.9, 0.95)
_LARGEST_GRADIENT = 1.0


class Optimizers:
    """Both optimisers as one."""

    def __init__(self, model: CodeModel, recipe: Recipe) -> None:
        self._parameters = list(model.parameters())
        self._parts: list[tuple[torch.optim.Optimizer, float]] = [
            (
                torch.optim.Muon(
                    model.hidden_matrices(),
                    lr=recipe.muon_rate,
                    momentum=_MOMENTUM,
                    weight_decay=recipe.muon_weight_decay,
                ),
                recipe.muon_rate,
            ),
            (
                torch.optim.AdamW(model.other_parameters(), lr=recipe.adam_rate, betas=_BETAS, weight_decay=0.0),
                recipe.adam_rate,
            ),
        ]

    def step(self, scale: float) -> None:
        """Apply the gradients at `scale` times the recipe's rates, then drop them."""
        torch.nn.utils.clip_grad_norm_(self._parameters, _LARGEST_GRADIENT)
        for optimizer, rate in self._parts:
            for options in optimizer.param_groups:
                options["lr"] = rate * scale
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> list[dict[str, Any]]:
        """Return what a checkpoint must hold."""
        return [optimizer.state_dict() for optimizer, _ in self._parts]

    def restore(self, states: list[dict[str, Any]]) -> None:
        """Take the state of a checkpoint."""
        for (optimizer, _), state in zip(self._parts, states, strict=True):
            optimizer.load_state_dict(state)
