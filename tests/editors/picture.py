"""A terminal's screen as a page of HTML, of which `pictures.mjs` makes a picture."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

BASIC = ("#1e1e2e", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#cdd6f4")
BRIGHT = ("#6c7086", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#ffffff")
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; display: inline-block; }}
pre {{ margin: 0; padding: 14px 18px; color: {foreground}; font: 15px/1.2 "DejaVu Sans Mono", monospace; }}
</style><pre>{text}</pre>
"""
_SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|[\x0e\x0f]")


@dataclass(frozen=True)
class Style:
    """How a run of characters looks; an empty colour is the terminal's own."""

    foreground: str = ""
    background: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False

    def css(self, page: dict[str, str]) -> str:
        """Return the style for HTML."""
        fore, back = self.foreground or page["foreground"], self.background or page["background"]
        if self.reverse:
            fore, back = back, fore
        parts = [f"color:{fore}"]
        # A background would cut what reaches below the line before it.
        parts += [f"background:{back}"] * (back != page["background"])
        parts += ["font-weight:bold"] * self.bold + ["opacity:.6"] * self.dim
        parts += ["font-style:italic"] * self.italic + ["text-decoration:underline"] * self.underline
        return ";".join(parts)


def page_of(screen: str) -> str:
    """Return a page that shows a screen with its escape sequences."""
    runs = list(_runs(screen))
    # An editor paints nearly every cell, so that the most frequent background is the page's.
    counts: dict[str, int] = {}
    for style, text in runs:
        counts[style.background] = counts.get(style.background, 0) + len(text)
    background = max(counts, key=lambda it: counts[it]) or BASIC[0]
    page = {"background": background, "foreground": BASIC[7]}
    spans = [f'<span style="{style.css(page)}">{html.escape(text)}</span>' for style, text in runs]
    return PAGE.format(**page, text="".join(spans))


def _runs(screen: str) -> Iterator[tuple[Style, str]]:
    style, end = Style(), 0
    for match in _SEQUENCE.finditer(screen):
        if match.start() > end:
            yield style, screen[end : match.start()]
        if match[1] is not None:
            style = _changed(style, [int(it or 0) for it in re.split("[;:]", match[1] or "0")])
        end = match.end()
    yield style, screen[end:]


def _changed(style: Style, codes: list[int]) -> Style:
    switches = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
    switches |= {23: "italic", 24: "underline", 27: "reverse"}
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = Style()
        elif code in (38, 48):
            name = "foreground" if code == 38 else "background"
            style = replace(style, **{name: _colour(codes)})  # type: ignore[arg-type]
        elif code == 22:
            style = replace(style, bold=False, dim=False)
        elif code in switches:
            style = replace(style, **{switches[code]: code < 10})  # type: ignore[arg-type]
        elif 30 <= code <= 39 or 90 <= code <= 97:
            style = replace(style, foreground=_basic(code))
        elif 40 <= code <= 49 or 100 <= code <= 107:
            style = replace(style, background=_basic(code - 10))
    return style


def _basic(code: int) -> str:
    if code == 39:
        return ""
    return BRIGHT[code - 90] if code >= 90 else BASIC[code - 30]


def _colour(codes: list[int]) -> str:
    if codes.pop(0) == 2:
        red, green, blue = codes[:3]
        del codes[:3]
        return f"#{red:02x}{green:02x}{blue:02x}"
    number = codes.pop(0)
    if number < 16:
        return (BASIC + BRIGHT)[number]
    if number >= 232:
        level = 8 + 10 * (number - 232)
        return f"#{level:02x}{level:02x}{level:02x}"
    cube = [(number - 16) // step % 6 for step in (36, 6, 1)]
    return "#" + "".join(f"{0 if part == 0 else 55 + 40 * part:02x}" for part in cube)
