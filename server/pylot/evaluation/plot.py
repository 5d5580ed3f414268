"""A small plot as SVG, written with the standard library: precision against share shown."""

from __future__ import annotations

from collections.abc import Sequence

from pylot.evaluation.curve import CurvePoint
from pylot.evaluation.summary import Summary
from pylot.evaluation.svg import COLORS, document, text

_WIDTH, _HEIGHT = 760, 480
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 46, 24, 60
_MIN_SHOWN = 12


def plot(summaries: Sequence[Summary], title: str) -> str:
    """Return an SVG with one curve per contender; a dot marks what the user's own eagerness shows."""
    parts = [_axes(title)]
    for number, summary in enumerate(summaries):
        color = COLORS[number % len(COLORS)]
        parts.append(_curve(summary, color))
        parts.append(_legend(number, summary, color))
    return document(_WIDTH, _HEIGHT, parts)


def _axes(title: str) -> str:
    parts = [
        text(_WIDTH / 2, 26, title, size=16, anchor="middle"),
        text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 16, "share of places where something is shown", anchor="middle"),
        f'<g transform="translate(20 {(_TOP + _HEIGHT - _BOTTOM) / 2}) rotate(-90)">'
        + text(0, 0, "share of it that is exactly what follows", anchor="middle")
        + "</g>",
    ]
    for tenth in range(0, 11, 2):
        share = tenth / 10
        parts.append(_line((0, share), (1, share)) + _line((share, 0), (share, 1)))
        parts.append(text(_x(share), _y(0) + 18, f"{share:.0%}", anchor="middle"))
        parts.append(text(_x(0) - 8, _y(share) + 4, f"{share:.0%}", anchor="end"))
    return "\n".join(parts)


def _curve(summary: Summary, color: str) -> str:
    points = _drawn(summary.curve, summary.n_cases)
    path = " ".join(f"{_x(each.share):.1f},{_y(each.precision):.1f}" for each in points)
    line = f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"/>'
    if not summary.shown.hits:
        return line
    x, y = _x(summary.shown.value), _y(summary.right.value)
    return f'{line}\n<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}" stroke="white" stroke-width="1.5"/>'


def _drawn(points: Sequence[CurvePoint], n_places: int) -> list[CurvePoint]:
    """Leave out the beginning, where the share of a handful says nothing."""
    return [point for point in points if point.share * n_places >= _MIN_SHOWN]


def _legend(number: int, summary: Summary, color: str) -> str:
    x, y = _x(1) - 210, _y(1) + 18 + 20 * number
    line = f'<line x1="{x}" y1="{y - 4}" x2="{x + 22}" y2="{y - 4}" stroke="{color}" stroke-width="3"/>'
    return line + text(x + 30, y, summary.name)


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    places = f'x1="{_x(start[0]):.1f}" y1="{_y(start[1]):.1f}" x2="{_x(end[0]):.1f}" y2="{_y(end[1]):.1f}"'
    return f'<line {places} stroke="#dddddd" stroke-width="1"/>'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
