"""The evaluation as a table to read and as figures to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from training.evaluation.lines import Completion, precision_at, score

SHARES = (0.05, 0.1, 0.2, 0.4)


def figures(completions: Sequence[Completion]) -> dict[str, Any]:
    """Return the scores of all cases, by language and kind, and by project, and the precision at some shares shown."""
    groups: dict[str, list[Completion]] = {"all": list(completions)}
    for one in completions:
        groups.setdefault(f"{one.case.language}, {one.case.kind}", []).append(one)
    for one in completions:
        groups.setdefault(one.case.project, []).append(one)
    return {
        "scores": {name: _rounded(asdict(score(group))) for name, group in groups.items()},
        "precision": {str(share): round(precision_at(completions, share)[0], 3) for share in SHARES},
        "least_probability": {str(share): round(precision_at(completions, share)[1], 3) for share in SHARES},
    }


def table(figures_of: dict[str, dict[str, Any]]) -> str:
    """Return a Markdown table of the figures of one or more models."""
    names = list(figures_of)
    groups = list(next(iter(figures_of.values()))["scores"])
    lines = [
        "| held-out lines | cases | "
        + " | ".join(f"{name}: exact, nats/token, nats/character" for name in names)
        + " |"
    ]
    lines.append("|---|---|" + "---|" * len(names))
    for group in groups:
        scores = [figures_of[name]["scores"][group] for name in names]
        cells = [f"{s['exact_match']:.1%}, {s['loss_per_token']:.2f}, {s['loss_per_character']:.3f}" for s in scores]
        lines.append(f"| {group} | {scores[0]['cases']} | " + " | ".join(cells) + " |")
    for share in map(str, SHARES):
        cells = [f"{figures_of[name]['precision'][share]:.0%}" for name in names]
        lines.append(f"| exact among the surest {float(share):.0%} | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
