"""The benchmark's plot: first token and whole answer of every contender, on one logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pylot.bench.figures import Figures
from pylot.evaluation.svg import COLORS, document, text

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 220, 90, 62
_ROW, _BAR = 62, 18
_PARTS = (("first token, p50", COLORS[0]), ("whole answer, p50", COLORS[1]))


def plot(figures: Sequence[Figures], title: str) -> str:
    """Return an SVG with two bars per contender."""
    rows = [(each.name, (each.first[0], each.total[0])) for each in figures]
    values = [value for _, row in rows for value in row if value]
    low = math.floor(math.log10(max(min(values, default=1.0), 0.1)))
    high = max(math.ceil(math.log10(max(values, default=10.0))), low + 1)
    height = _TOP + _ROW * len(rows) + 50
    parts = [text(_WIDTH / 2, 24, title, size=15, anchor="middle")]
    for index, (label, color) in enumerate(_PARTS):
        parts.append(f'<rect x="{_LEFT + 200 * index}" y="36" width="12" height="12" fill="{color}"/>')
        parts.append(text(_LEFT + 18 + 200 * index, 47, label))
    for power in range(low, high + 1):
        x = _x(10.0**power, low, high)
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{height - 40}" stroke="#dddddd"/>')
        parts.append(text(x, height - 22, f"{10.0**power:g} ms", anchor="middle"))
    for row, (name, times) in enumerate(rows):
        top = _TOP + 8 + row * _ROW
        parts.append(text(_LEFT - 10, top + 22, name, anchor="end"))
        for index, value in enumerate(times):
            if value:
                parts.append(_bar(top + index * (_BAR + 3), _x(value, low, high), value, _PARTS[index][1]))
    return document(_WIDTH, height, parts)


def _bar(top: float, end: float, value: float, color: str) -> str:
    bar = f'<rect x="{_LEFT}" y="{top}" width="{max(1.0, end - _LEFT):.1f}" height="{_BAR}" fill="{color}"/>'
    return bar + text(end + 6, top + 14, f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms")


def _x(value: float, low: int, high: int) -> float:
    share = (math.log10(max(value, 10.0**low)) - low) / (high - low)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
