"""What uses of imported definitions are worth to the local predictor: the fit of their weights, and their figures."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import ne

from pylot.completion.copier import Workspace, evidence_at, predict
from pylot.completion.copy_confidence import WEIGHTS
from pylot.completion.copy_index import CopyIndex
from pylot.completion.knowledge import knowledge_of
from pylot.completion.known_symbols import NOTHING_KNOWN, FileKnowledge
from pylot.completion.line_index import LineIndex
from pylot.completion.values import CompletionRequest
from tests.bench.context.measures import request_at, without_rest_of_line
from tests.bench.context.projects import Project
from tests.bench.context.sites import call_sites
from tests.bench.fit_copy_confidence import fit

_SURE = 0.3


@dataclass(frozen=True, slots=True)
class UsePlace:
    """A place where a line was cut, what followed there, and what the index knows of the file."""

    request: CompletionRequest
    truth: str
    knowledge: FileKnowledge


def any_places(project: Project, n_places: int) -> list[UsePlace]:
    """Return places within lines, at any character or where a name begins; half of them with nothing below."""
    generator = random.Random(project.name)
    lines = []
    for path, text in project.texts.items():
        start = 0
        for line in text.split("\n"):
            if len(line.strip()) > 3:
                lines.append((path, start, line))
            start += len(line) + 1
    known: dict[str, FileKnowledge] = {}
    places = []
    for number, (path, start, line) in enumerate(generator.sample(lines, min(n_places, len(lines)))):
        first = len(line) - len(line.lstrip())
        names = [i for i in range(max(1, first), len(line)) if line[i].isidentifier() and not line[i - 1].isalnum()]
        column = (
            generator.choice(names) if names and generator.random() < 0.5 else generator.randrange(first, len(line))
        )
        text = project.texts[path]
        if number % 2:
            text = text[: start + len(line)] + "\n"
        if path not in known:
            known[path] = knowledge_of(project.table, path, lambda _: True)
        places.append(_place(path, text, start + column, known[path]))
    return [place for place in places if place.truth]


def calls(project: Project, n_sites: int) -> list[UsePlace]:
    """Return the places where something imported is about to be called."""
    return [_place(site.path, site.text, site.offset, site.knowledge) for site in call_sites(project, n_sites)[0]]


def fitted_uses(projects: Iterable[Project], n_sites: int) -> Mapping[str, float]:
    """Return the weights of the figures of uses, those of copies given.

    Calls of imports are rare among all places, so further ones are taken in: they tell the ways to call apart.
    """
    copies = {name: weight for name, weight in WEIGHTS.items() if not name.startswith("use")}
    seen = []
    for project in projects:
        lines = _lines(project)
        for place in any_places(project, 16 * n_sites) + calls(project, 2 * n_sites):
            request = place.request
            found = evidence_at(request, CopyIndex(), workspace=_workspace(lines, request), knowledge=place.knowledge)
            if any(each.use for each in found):
                texts = [each.text.strip() for each in found]
                seen.append((found, texts.index(place.truth) if place.truth in texts else -1))
    right = [found[right].use is not None for found, right in seen if right >= 0]
    print(f"{len(seen)} places with uses; right a copy or a use at {len(right)}, a use at {sum(right)}")
    return fit(seen, copies)


@dataclass(slots=True)
class Tally:
    """How often the likeliest continuation is right, without knowledge and with it, and what a key costs."""

    pairs: list[tuple[bool, bool]] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)
    milliseconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def add(self, project: Project, places: Sequence[UsePlace]) -> None:
        """Ask at some places of a project."""
        lines = _lines(project)
        for place in places:
            results = []
            for knowledge, spent in zip((NOTHING_KNOWN, place.knowledge), self.milliseconds, strict=True):
                begun = time.perf_counter()
                found = predict(
                    place.request, CopyIndex(), multiline=False,
                    workspace=_workspace(lines, place.request), knowledge=knowledge,
                )  # fmt: skip
                spent.append((time.perf_counter() - begun) * 1e3)
                results.append(bool(found) and found[0].text.strip() == place.truth)
                if knowledge is place.knowledge and found and (found[0].probability or 0) >= _SURE:
                    self.sure.append((found[0].probability or 0.0, results[-1]))
            self.pairs.append((results[0], results[1]))

    def __str__(self) -> str:
        """Return the figures so far."""
        n, n_sure = max(1, len(self.pairs)), max(1, len(self.sure))
        shares = [sum(pair[which] for pair in self.pairs) / n for which in (0, 1)]
        promised, kept = (sum(each[which] for each in self.sure) / n_sure for which in (0, 1))
        medians = [sorted(each)[len(each) // 2] if each else 0.0 for each in self.milliseconds]
        return (
            f"{len(self.pairs)} places  without {shares[0]:.3f}  with {shares[1]:.3f}"
            f"  sure {len(self.sure)}: said {promised:.3f} right {kept:.3f}"
            f"  median ms {medians[0]:.2f} {medians[1]:.2f}"
        )


def _place(path: str, text: str, offset: int, knowledge: FileKnowledge) -> UsePlace:
    end = text.find("\n", offset)
    truth = text[offset : end if end >= 0 else len(text)].strip()
    return UsePlace(request_at(path, without_rest_of_line(text, offset), offset), truth, knowledge)


def _lines(project: Project) -> LineIndex:
    lines = LineIndex()
    for path, text in project.texts.items():
        lines.put(path, text)
    return lines


def _workspace(lines: LineIndex, request: CompletionRequest) -> Workspace:
    return partial(lines.files_like, allowed=partial(ne, request.path))
