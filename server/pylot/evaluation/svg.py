"""The few parts of SVG that Pylot's plots are made of."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

# Told apart by people who see few colors too (Okabe and Ito 2008).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def document(width: int, height: int, parts: Sequence[str]) -> str:
    """Return a whole drawing on white."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    white = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', white, *parts, "</svg>"]) + "\n"


def text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    """Return words at a place; `anchor` is `start`, `middle` or `end`."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{size}"'
    return f'<text {place} fill="#222222" text-anchor="{anchor}">{escape(words)}</text>'
