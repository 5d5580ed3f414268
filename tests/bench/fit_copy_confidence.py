"""Fit the weights of completion/copy_confidence.py anew: `python -m tests.bench.fit_copy_confidence FOLDER...`.

Each folder is a project, none of those that figures are reported on; lines are taken out of it as `pylot eval fim`
does, and each is seen twice: in its file, and with nothing below it, as where something new is written.
The fit is a conditional logit: of the continuations found at a place one is right, or none is, whose score is 0.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import ne
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pylot.completion.copier import evidence_at
from pylot.completion.copy_confidence import CopyEvidence
from pylot.completion.copy_index import CopyIndex
from pylot.completion.line_index import LineIndex
from pylot.completion.values import CompletionRequest, OpenFile
from pylot.evaluation.cases import make_cases
from pylot.evaluation.repository import Repository
from pylot.evaluation.run import Task, make_tasks
from pylot.evaluation.values import Kind
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

_N_CASES = 60
_STEPS = 40
_RIDGE = 3.0

Place = tuple[Sequence[CopyEvidence], int]
Matrix = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    places = [place for folder in parser.parse_args().folders for place in places_of(folder)]
    print(f"{len(places)} places, at {sum(right >= 0 for _, right in places)} of them what follows was found")
    for name, weight in fit(places).items():
        print(f'    "{name}": {weight:.2f},')


def places_of(root: Path) -> Iterator[Place]:
    """Yield what is found at places of a project, and which of it is right, -1 where none is."""
    repository = Repository(root, ExclusionGate(Roots([root]), WorkspaceSettings()))
    lines = LineIndex()
    for file in repository.files:
        lines.put(str(root / file.path), file.text)
    index = CopyIndex()
    cases = [case for case in make_cases(root.name, repository.files, _N_CASES, 0) if case.kind is not Kind.BLOCK]
    for task in make_tasks(cases, repository):
        truth = task.case.truth.strip()
        for text in (task.case.text, task.case.text[: task.case.offset] + "\n"):
            found = _found(task, text, root, index, lines)
            texts = [each.text.strip() for each in found]
            yield found, texts.index(truth) if truth in texts else -1


def _found(task: Task, text: str, root: Path, index: CopyIndex, lines: LineIndex) -> Sequence[CopyEvidence]:
    case, path = task.case, str(root / task.case.path)
    opened = [
        OpenFile(str(root / file.path), file.language, file.text, number) for number, file in enumerate(task.open_files)
    ]
    index.refresh(opened)
    request = CompletionRequest("", path, case.language, 1, text, case.offset)
    # The file itself still holds the line that was taken out.
    return evidence_at(request, index, workspace=partial(lines.files_like, allowed=partial(ne, path)))


def fit(places: Sequence[Place], fixed: Mapping[str, float] | None = None) -> Mapping[str, float]:
    """Return the weight of each figure, by Newton's method with a little ridge; those that are `fixed` stay so."""
    known = fixed or {}
    found = [[each.figures() for each in evidence] for evidence, _ in places]
    names = sorted({name for place in found for each in place for name in each} - known.keys())
    tables = [np.array([[each.get(name, 0.0) for name in names] for each in place]) for place in found if place]
    offsets = [
        np.array([sum(known.get(name, 0.0) * value for name, value in each.items()) for each in place])
        for place in found
        if place
    ]
    rights = [right for place, (_, right) in zip(found, places, strict=True) if place]
    weights = np.zeros(len(names))
    for _ in range(_STEPS):
        gradient, curvature = -_RIDGE * weights, _RIDGE * np.eye(len(names))
        for table, offset, right in zip(tables, offsets, rights, strict=True):
            shares = _shares(table @ weights + offset)
            mean = shares @ table
            gradient += (table[right] if right >= 0 else 0.0) - mean
            curvature += (table.T * shares) @ table - np.outer(mean, mean)
        step = np.linalg.solve(curvature, gradient)
        # Far from the best weights a whole step may lead farther away.
        weights = weights + step / max(1.0, float(np.abs(step).max()))
    return {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}


def _shares(scores: Matrix) -> Matrix:
    """Return the probability of each score, against a score of 0 for something else."""
    top = max(0.0, float(scores.max()))
    shares: Matrix = np.exp(scores - top)
    total = float(shares.sum()) + float(np.exp(-top))
    fractions: Matrix = shares / total
    return fractions


if __name__ == "__main__":
    main()
