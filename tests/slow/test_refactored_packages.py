"""Small packages pass their own tests after twenty random refactorings (issue 8, 1; L2, K5)."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.packages_with_tests import PACKAGES, Package, copy_with, fetched, passes, texts_in
from tests.support.random_workspace import RandomWorkspace, Step

SEED = os.environ.get("REAL_CODE_SEED", "8")
N_STEPS = 20
_MOST_TRIES = 600


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.name)
def test_a_package_passes_its_tests_after_twenty_refactorings(package: Package, tmp_path: Path) -> None:
    source = fetched(package)
    if source is None:
        pytest.skip(f"The sources of {package.name} cannot be fetched here.")
    if not passes(package, copy_with(source, {}, tmp_path / "as-it-was")):
        pytest.skip(f"{package.name} does not pass its own tests here.")
    chance = random.Random(f"{SEED} {package.name}")
    workspace = RandomWorkspace(texts_in(source), chance)
    files = [each for each in workspace.texts if is_code(package, each)]
    done: list[Step] = []
    counts: Counter[str] = Counter()
    for _ in range(_MOST_TRIES):
        if len(done) == N_STEPS:
            break
        step = workspace.step(chance.choice(files))
        if step is not None:
            counts[f"{step.action.partition('/')[0]} {'refused' if step.refused else 'done'}"] += 1
            done += [] if step.refused else [step]

    print(package.name, *(f"{key}: {count}," for key, count in sorted(counts.items())))  # noqa: T201
    assert len(done) == N_STEPS
    if not passes(package, copy_with(source, merged(done), tmp_path / "changed")):
        pytest.fail(f"after {first_wrong(package, source, done, tmp_path / 'bisected')}")


def is_code(package: Package, path: str) -> bool:
    """Tell whether a file is the package's own code and no test of it."""
    name = path.rsplit("/", 1)[-1]
    return f"{path}/".startswith(f"{package.code}/") and "/tests/" not in path and not name.startswith("test_")


def merged(steps: Sequence[Step]) -> dict[str, str]:
    return {path: text for step in steps for path, text in step.changed.items()}


def first_wrong(package: Package, source: Path, steps: Sequence[Step], folder: Path) -> Step:
    """Return the first step after which the tests fail."""
    good, bad = 0, len(steps)
    while bad - good > 1:
        middle = (good + bad) // 2
        if passes(package, copy_with(source, merged(steps[:middle]), folder)):
            good = middle
        else:
            bad = middle
    return steps[bad - 1]
