"""Say what the context of ghost text is worth, and compare it with the committed record: `make eval-context`."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.context.fitting import fitted_weights
from tests.bench.context.ghost_text import difference, right_lines
from tests.bench.context.measures import (
    is_found_in_call,
    names_in_prompt,
    place_by_similar_lines,
    place_of_definition,
    sample,
)
from tests.bench.context.projects import FITTED, REPORTED, UNSEEN, Project, load_projects
from tests.bench.context.sites import CallSite, call_sites, line_of, next_lines
from tests.bench.context.uses import Tally, any_places, calls, fitted_uses

RECORD = Path(__file__).with_name("record.json")
# A drop of more than this is more than another version of a measured package explains.
_TOLERANCE = 0.03
Figures = dict[str, float]


def main() -> int:
    """Print a table; 1 when a figure is clearly below the record."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.context", description=__doc__)
    parser.add_argument("--held-out", type=Path, help="folder that `python -m training.heldout FOLDER` has filled")
    parser.add_argument("--sites", type=int, default=80, help="places per project")
    parser.add_argument("--fit", action="store_true", help="fit the weights of the ranking anew and print them")
    parser.add_argument("--ghost-text", action="store_true", help="ask the shipped model at the sites, both ways")
    parser.add_argument("--write", action="store_true", help="make these figures the record")
    parser.add_argument("--fit-uses", action="store_true", help="fit what uses of imported definitions are worth")
    parser.add_argument("--uses", action="store_true", help="ask the local predictor alone at the sites, both ways")
    arguments = parser.parse_args()
    if arguments.ghost_text:
        return asyncio.run(_ghost_text(load_projects((*UNSEEN, *REPORTED), arguments.held_out), arguments.sites))
    if arguments.uses:
        return _uses(load_projects(REPORTED, arguments.held_out), arguments.sites)
    if arguments.fit_uses:
        print(json.dumps(fitted_uses(load_projects(FITTED, arguments.held_out), arguments.sites), indent=4))
        return 0
    if arguments.fit:
        print(json.dumps(fitted_weights(_sites(load_projects(FITTED, arguments.held_out), arguments.sites)), indent=2))
        return 0
    figures: dict[str, Figures] = {}
    for project in load_projects(REPORTED, arguments.held_out):
        if measured := _measure(project, arguments.sites):
            figures[project.name] = measured
            print(_row(project.name, measured), flush=True)
    print(_row("all", _mean(list(figures.values()))))
    if arguments.write:
        RECORD.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        return 0
    return _compare(figures)


async def _ghost_text(projects: Iterable[Project], n_sites: int) -> int:
    pairs: list[tuple[bool, bool]] = []
    for project in projects:
        sites = call_sites(project, n_sites)[0]
        pairs += await right_lines(project, sites) if sites else []
        gain, reach = difference(pairs)
        shares = [_share(pair[which] for pair in pairs) for which in (0, 1)]
        print(
            f"{project.name:14}  so far {len(pairs)} lines  without {shares[0]:.3f}  with {shares[1]:.3f}"
            f"  difference {gain:+.3f} ± {reach:.3f}",
            flush=True,
        )
    return 0


def _uses(projects: Iterable[Project], n_sites: int) -> int:
    """Print how often the predictor alone is right, without what the index knows and with it, and how sure it is."""
    tallies = {"any place": Tally(), "calls of imports": Tally()}
    for project in projects:
        for title, tally in tallies.items():
            tally.add(project, any_places(project, 4 * n_sites) if title == "any place" else calls(project, n_sites))
            gain, reach = difference(tally.pairs)
            print(f"{project.name:14}  {title:16}  {tally}  difference {gain:+.3f} ± {reach:.3f}", flush=True)
    return 0


def _sites(projects: Iterable[Project], n_sites: int) -> list[CallSite]:
    return [site for project in projects for site in call_sites(project, n_sites)[0]]


def _measure(project: Project, n_sites: int) -> Figures | None:
    sites, resolved = call_sites(project, n_sites)
    if len(sites) < 5:
        return None
    places = [place_of_definition(site) for site in sites]
    few = sample(sites, n_sites // 4)
    similar = [place_by_similar_lines(site, project) for site in few]
    alone, with_context = names_in_prompt(project, next_lines(project, n_sites))
    alone_at_uses, with_context_at_uses = names_in_prompt(project, [line_of(site) for site in sites])
    return {
        "sites": len(sites),
        "imports resolved": resolved,
        "hit@1": _share(place < 1 for place in places),
        "hit@5": _share(place < 5 for place in places),
        "in call hit@1": _share(map(is_found_in_call, sites)),
        "similar lines hit@5": _share(place < 5 for place in similar),
        "names alone": alone,
        "names with context": with_context,
        "names at uses alone": alone_at_uses,
        "names at uses with context": with_context_at_uses,
    }


def _share(hits: Iterable[bool]) -> float:
    return statistics.mean(map(float, hits))


def _row(name: str, figures: Figures) -> str:
    return f"{name:14}" + "".join(
        f"  {title} {value:.0f}" if title == "sites" else f"  {title} {value:.3f}" for title, value in figures.items()
    )


def _compare(figures: dict[str, Figures]) -> int:
    """Compare with the record, over the projects that both have."""
    record: dict[str, Figures] = json.loads(RECORD.read_text(encoding="utf-8"))
    shared = [name for name in figures if name in record]
    now, before = (_mean([each[name] for name in shared]) for each in (figures, record))
    dropped = [name for name, value in before.items() if name != "sites" and now[name] < value - _TOLERANCE]
    for name in dropped:
        print(f"{name} has dropped from {before[name]:.3f} to {now[name]:.3f}.", file=sys.stderr)
    return 1 if dropped else 0


def _mean(rows: Sequence[Figures]) -> Figures:
    return {name: statistics.mean(row[name] for row in rows) for name in (rows[0] if rows else ())}


if __name__ == "__main__":
    sys.exit(main())
