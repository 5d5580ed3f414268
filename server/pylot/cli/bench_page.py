"""What `pylot bench` prints, and its JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pylot import __version__
from pylot.bench.bars import Bar
from pylot.bench.figures import Figures
from pylot.bench.replay import PacedRecord, Record
from pylot.cli.tables import columns, print_table
from pylot.cli.terminal import print_lines

_SMALL_RATIO = 0.67


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that a run found out."""

    model: Path
    threads: int
    n_predict: int
    records: Sequence[Record]
    paced: Sequence[PacedRecord]
    figures: Sequence[Figures]
    single: Mapping[str, float | None]
    bars: Sequence[Bar]
    left_out: Sequence[str]
    seconds: float = 0.0


def results_json(results: Results) -> dict[str, object]:
    """Return a run as JSON values: what it ran on, every figure, every bar, and the records that they come from."""
    return {
        "pylot": __version__,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "model": results.model.name,
        "threads": results.threads,
        "tokens": results.n_predict,
        "seconds": round(results.seconds),
        "contenders": [asdict(each) for each in results.figures],
        "single": dict(results.single),
        "bars": [{**asdict(bar), "cleared": bar.is_cleared} for bar in results.bars],
        "leftOut": list(results.left_out),
        "keys": [asdict(record) for record in results.records],
        "atPace": [asdict(record) for record in results.paced],
    }


def print_results(results: Results) -> None:
    """Print a run for people."""
    tables = [columns([each.name for each in results.figures], FIGURE_ROWS, results.figures)]
    if results.single:
        tables.append([["Pylot alone", ""], *([name, _number(value)] for name, value in results.single.items())])
    for rows in (*tables, [["bar", "measured", "wanted", ""], *map(_bar_row, results.bars)]):
        print_lines("")
        print_table(rows)
    print_lines("", *results.left_out)


def amount(value: float | None, unit: str) -> str:
    """Return a bar's value or limit for people: small ratios as one of so many."""
    if value is None or unit == "ms":
        return _number(value)
    if unit == "share":
        return _percent(value)
    return f"1/{1 / value:.3g}" if 0 < value < _SMALL_RATIO else _number(value)


def _bar_row(bar: Bar) -> list[str]:
    sign = ">=" if bar.at_least else "<="
    verdict = {True: "met", False: "NOT met", None: "not measured"}[bar.is_cleared]
    return [bar.label, amount(bar.value, bar.unit), f"{sign} {amount(bar.limit, bar.unit)}", verdict]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _times(times: tuple[float | None, float | None]) -> str:
    return " / ".join(map(_number, times))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


FIGURE_ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("keys asked at", lambda each: str(each.keys)),
    ("suggestions", lambda each: str(each.shown)),
    ("prompt tokens of a request, p50", lambda each: _number(each.prompt)),
    ("first token, p50 / p95, ms", lambda each: _times(each.first)),
    ("suggestion, p50 / p95, ms", lambda each: _times(each.total)),
    ("prompt tokens decoded per key, p50", lambda each: _number(each.decoded)),
    ("prompt tokens reused, linear typing", lambda each: _percent(each.reused_typing)),
    ("prompt tokens reused, all keys", lambda each: _percent(each.reused)),
    ("tokens generated", lambda each: f"{each.generated:,}"),
    ("at pace: tokens never shown", lambda each: _number(each.wasted)),
    ("at pace: CPU seconds per suggestion", lambda each: _number(each.processor_per_shown)),
    ("CPU seconds per answer", lambda each: _number(each.processor_per_answer)),
    ("peak memory, MB", lambda each: _number(each.peak_bytes / 1e6)),
)
