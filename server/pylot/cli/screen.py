"""Show a document being typed: drawn in place on a terminal, one line per suggestion elsewhere."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence

from pylot.cli.terminal import paint, print_lines
from pylot.cli.typist import Moment

_ABOVE, _BELOW = 8, 3
_GUTTER = 5
_KEY_SECONDS, _ACCEPT_SECONDS = 0.03, 0.5


class Screen:
    """Draw moments; `animated` needs a terminal."""

    def __init__(self, *, animated: bool, silent: bool, title: str) -> None:
        self._animated = animated
        self._silent = silent
        self._title = title
        self._n_drawn = 0
        self._last = ""

    def say(self, sentence: str) -> None:
        """Write a sentence before the typing begins."""
        if not self._silent:
            print_lines(sentence, "")

    async def show(self, moment: Moment, description: str) -> None:
        """Show one moment."""
        if self._silent:
            return
        if self._animated:
            self._draw(moment, description)
            await asyncio.sleep(_ACCEPT_SECONDS if moment.accepts else _KEY_SECONDS)
        elif moment.ghost:
            self._list(moment, description)

    def _list(self, moment: Moment, description: str) -> None:
        """Write a suggestion once, and again when it is accepted."""
        line = moment.text[moment.text.rfind("\n", 0, moment.offset) + 1 : moment.offset]
        whole = line + moment.ghost
        if whole != self._last:
            print_lines(f"{moment.text.count(chr(10), 0, moment.offset) + 1:>4} {line}⟦{_one_line(moment.ghost)}⟧")
            print_lines(paint(f"     {description}", "dim"))
        if moment.accepts:
            print_lines(paint("     Tab: accepted", "green"))
        self._last = whole

    def _draw(self, moment: Moment, description: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        before, after = moment.text[: moment.offset], moment.text[moment.offset :]
        number = before.count("\n") + 1
        above = before.split("\n")[-_ABOVE - 1 :]
        ghost = moment.ghost.split("\n")
        rest, *below = after.split("\n")[: _BELOW + 1]
        cursor = "▏" if not moment.ghost else ""
        current = _fit([(above[-1], ""), (ghost[0], "dim"), (cursor, "cyan"), (rest, "")], width - _GUTTER)
        more = [_fit([(line, "dim")], width - _GUTTER) for line in ghost[1:]]
        around = [[_fit([(line, "")], width - _GUTTER) for line in part] for part in (above[:-1], below)]
        rows = [*around[0], current, *more, *around[1]]
        first = number - len(above) + 1
        lines = [paint(f"── {self._title} ", "dim")]
        lines += [f"{paint(f'{first + index:>4}', 'dim')} {row}" for index, row in enumerate(rows)]
        hint = paint("  Tab", "green") if moment.accepts else ""
        lines += ["", paint(f"  {description if moment.ghost else ''}", "cyan")[:width] + hint]
        sys.stdout.write(f"\x1b[{self._n_drawn}A" if self._n_drawn else "")
        n_spare = max(0, self._n_drawn - len(lines))
        sys.stdout.write("".join(f"\x1b[2K{line}\n" for line in [*lines, *[""] * n_spare]))
        sys.stdout.flush()
        self._n_drawn = len(lines) + n_spare


def _fit(parts: Sequence[tuple[str, str]], width: int) -> str:
    """Return styled parts on one row; what is too wide would wrap and spoil the drawing."""
    row = ""
    for text, style in parts:
        cut = text[: max(0, width)]
        width -= len(cut)
        row += paint(cut, style) if style and cut else cut
    return row


def _one_line(text: str) -> str:
    return text.replace("\n", "⏎")
