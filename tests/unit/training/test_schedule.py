"""The learning rate: a warm-up, a constant stretch, and a decay that may be asked for at any time."""

from __future__ import annotations

import pytest

from training.failure import TrainingError
from training.recipe import read_recipe
from training.schedule import Amount, Decay, Progress, parse_amount, planned_decay, rate_scale


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("30 minutes", Amount("seconds", 1800)),
        ("10 hours\n", Amount("seconds", 36_000)),
        ("40M", Amount("tokens", 4e7)),
        ("20480 tokens", Amount("tokens", 20_480)),
    ],
)
def test_budgets_are_read_as_people_write_them(text: str, amount: Amount) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", ["", "soon", "30", "3 moons"])
def test_other_budgets_are_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(TrainingError, match="is no amount of training"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("progress", "scale"),
    [
        (Progress(step=0), 0.1),
        (Progress(step=4), 0.5),
        (Progress(step=500, tokens=5000), 1.0),
        (Progress(step=500, tokens=5000, decay=Decay("tokens", 6000, 1000)), 1.0),
        (Progress(step=500, tokens=6500, decay=Decay("tokens", 6000, 1000)), 0.5),
        (Progress(step=500, seconds=90, decay=Decay("seconds", 0, 90)), 0.0),
    ],
)
def test_rate_rises_stays_and_falls_to_nothing(progress: Progress, scale: float) -> None:
    assert rate_scale(progress, warmup_steps=10) == pytest.approx(scale)


def test_budget_counts_from_where_training_is() -> None:
    """A run that begins with the weights of an earlier one gets its whole budget."""
    decay = planned_decay(Amount("tokens", 1000), 0.3, Progress(tokens=500))

    assert (decay.begin, decay.length) == (1200, 300)


@pytest.mark.parametrize("name", ["hour", "cpu", "gpu", "smoke"])
def test_recipes_are_whole(name: str) -> None:
    recipe = read_recipe(name)

    assert sum(recipe.language_shares.values()) == pytest.approx(1)
    assert recipe.common_windows % 2 == 0
    assert parse_amount(recipe.budget).value > 0


def test_unknown_recipes_are_refused() -> None:
    with pytest.raises(TrainingError, match="there are cpu, gpu, hour, smoke"):
        read_recipe("huge")
