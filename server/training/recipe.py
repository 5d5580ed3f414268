"""The recipe's numbers: one recipe, one budget for a CPU and one for a GPU (`recipes.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from training.failure import TrainingError
from training.shape import Shape

RECIPES_FILE = Path(__file__).with_name("recipes.toml")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out of a run.

    `batch_tokens` are tokens per step of all processes together; windows are `window_tokens` long, and
    `long_window_tokens` once the share `long_from` of the decay is over.
    """

    name: str
    shape: Shape
    seed: int
    language_shares: dict[str, float]
    batch_tokens: int
    long_batch_tokens: int
    window_tokens: int
    long_window_tokens: int
    long_from: float
    warmup_steps: int
    muon_rate: float
    muon_weight_decay: float
    adam_rate: float
    decay_share: float
    budget: str

    def __post_init__(self) -> None:
        if self.batch_tokens % self.window_tokens or self.long_batch_tokens % self.long_window_tokens:
            raise TrainingError(f"The recipe {self.name} has batches that are no whole number of windows.")

    @property
    def common_windows(self) -> int:
        """A number that divides the windows of every batch: as many processes can share them evenly."""
        return gcd(self.batch_tokens // self.window_tokens, self.long_batch_tokens // self.long_window_tokens)


def read_recipe(name: str, path: Path = RECIPES_FILE) -> Recipe:
    """Return a recipe by name; raises TrainingError when there is none."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    common, recipes = values["common"], values["recipes"]
    if name not in recipes:
        raise TrainingError(f"There is no recipe `{name}`; there are {', '.join(sorted(recipes))}.")
    own = dict(recipes[name])
    shape = Shape(**own.pop("shape"))
    return Recipe(name=name, shape=shape, **{**common, **own})
