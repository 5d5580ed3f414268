"""The part of docs/performance.md that a run writes."""

from __future__ import annotations

import pytest

from pylot.bench.bars import Bar
from pylot.cli.bench_page import amount
from tests.bench.beside_llama_server import BEGIN, END, PAGE, Run, tables, with_tables


def run(size: str, limit: float, value: float | None, cleared: bool | None) -> Run:
    bar = {"label": "a bar", "value": value, "limit": limit, "at_least": False, "unit": "ratio", "cleared": cleared}
    found = {"bars": [bar], "seconds": 600, "leftOut": ["Busy."], "contenders": [], "single": {"cancel, ms": 12.34}}
    return Run(size, f"pylot bench {size}", found)


def test_bars_of_all_sizes_stand_side_by_side_with_their_verdicts() -> None:
    """Issue 5: each bar stands in docs/performance.md with its command and its figure."""
    lines = tables([run("0.5B", 1 / 50, 1 / 60, True), run("1.5B", 1 / 80, None, None)]).splitlines()

    commands = [f"pylot bench {size}  # 10 minutes" for size in ("0.5B", "1.5B")]
    assert lines[:6] == ["```", *commands, "```", "", "Busy."]
    assert "| a bar | ≤ 1/50, 1/80 | 1/60 | - | yes / not measured |" in lines
    assert "| cancel, ms | 12.3 | 12.3 |" in lines


def test_only_the_written_part_of_the_page_changes() -> None:
    assert with_tables(f"a\n{BEGIN}old\n{END}b\n", "new\n") == f"a\n{BEGIN}new\n{END}b\n"
    assert PAGE.read_text(encoding="utf-8").count(f"{BEGIN}") == 1
    assert PAGE.read_text(encoding="utf-8").count(f"{END}") == 1


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        (Bar("", 0.01, 1 / 80), ("1/100", "1/80")),
        (Bar("", 0.98, 0.98), ("0.98", "0.98")),
        (Bar("", 0.999, 0.95, unit="share"), ("99.9%", "95.0%")),
        (Bar("", 0.17, 0.3, unit="ms"), ("0.17", "0.3")),
        (Bar("", None, 20, unit="ms"), ("-", "20")),
        (Bar("", 0.0, 0.5), ("0", "1/2")),
    ],
)
def test_amounts_read_as_people_say_them(bar: Bar, expected: tuple[str, str]) -> None:
    assert (amount(bar.value, bar.unit), amount(bar.limit, bar.unit)) == expected
