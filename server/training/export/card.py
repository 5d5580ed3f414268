"""What the model file says of itself: where it comes from, how good it is, what it is not for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from training.recipe import Recipe
from training.schedule import Progress

LIMITS = (
    "Completes code in the Latin alphabet: Python, then JavaScript and TypeScript; knows syntax and habits, few facts. "
    "It was trained to fill in the middle of a file and to end, not to follow instructions."
)
_DESCRIPTION = "A small fill-in-the-middle code model, trained from scratch by the Pylot project."


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts that go into the file's metadata; `figures` are those of `python -m training evaluate`.

    `begun_from` names the model file whose weights the run began with; tokens and windows seen count that one's too.
    """

    name: str
    licence: str
    description: str
    limits: str
    data: str
    data_licences: tuple[str, ...]
    corpus_sha256: str
    recipe: str
    recipe_sha256: str
    seed: int
    tokens_seen: int
    windows_seen: int
    training_seconds: int
    begun_from: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


def make_card(
    recipe: Recipe, n_parameters: int, progress: Progress, table: Path, *, begun_from: str, figures: dict[str, Any]
) -> ModelCard:
    """Return the card of a run; `table` is the corpus step's `corpus.json`."""
    corpus = json.loads(table.read_text(encoding="utf-8"))
    trained_on = [row for row in corpus["projects"] if not row["held_out"]]
    n_characters = sum(row["characters"] for row in trained_on)
    return ModelCard(
        name=f"pylot-tiny-{round(n_parameters / 1e6)}m",
        licence="MIT",
        description=_DESCRIPTION,
        limits=LIMITS,
        data=f"{n_characters / 1e6:.0f} million characters from {len(trained_on)} packages of PyPI and npm",
        data_licences=tuple(sorted({part for row in trained_on for part in row["licence"].split(" AND ")})),
        corpus_sha256=corpus["sha256"],
        recipe=recipe.name,
        recipe_sha256=recipe_digest(recipe),
        seed=recipe.seed,
        tokens_seen=progress.tokens,
        windows_seen=progress.windows,
        training_seconds=int(progress.seconds),
        begun_from=begun_from,
        figures=figures,
    )


def recipe_digest(recipe: Recipe) -> str:
    """Return a hash that changes with any number of the recipe."""
    return sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()
