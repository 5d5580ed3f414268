"""The user's last bursts of typing, as context for the next suggestion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pylot.completion.change import difference
from pylot.completion.values import RecentEdit

_MAX_BURSTS = 8
_MAX_FILES = 20
_MAX_LINES = 10
_MAX_CHARACTERS = 2_000
# Edits this many lines apart belong to one burst.
_MAX_GAP = 1


@dataclass(slots=True, eq=False)
class _Burst:
    path: str
    time: float
    line: int
    before: list[str]
    after: list[str]

    @property
    def end(self) -> int:
        """The line behind the burst, in the newest text."""
        return self.line + len(self.after)

    @property
    def is_small(self) -> bool:
        """Whether the burst is worth reporting; a large one that is touched again gives way to a new one."""
        sides = (self.before, self.after)
        return all(len(lines) <= _MAX_LINES and sum(map(len, lines)) <= _MAX_CHARACTERS for lines in sides)

    def is_near(self, first: int, last: int) -> bool:
        """Whether lines `first` to `last` (excluded) touch the burst or leave at most one line between."""
        return first <= self.end + _MAX_GAP and last >= self.line - _MAX_GAP


class RecentEdits:
    """Merge changes into bursts, line by line: edits at most one line apart become one, with its oldest `before`.

    Keeps the last 8 bursts of at most 20 files; what grew beyond 10 lines or 2,000 characters is not reported.
    """

    def __init__(self) -> None:
        self._bursts: list[_Burst] = []

    def record(self, path: str, before: str, after: str, now: float) -> None:
        """Take in that a document went from one text to another."""
        change = difference(before, after)
        if change is None:
            return
        first = before.count("\n", 0, change.start)
        last = first + change.removed.count("\n") + 1
        shift = change.inserted.count("\n") - change.removed.count("\n")
        near = [burst for burst in self._bursts if burst.path == path and burst.is_near(first, last)]
        self._bursts = [burst for burst in self._bursts if burst not in near]
        for burst in self._bursts:
            if burst.path == path and burst.line >= last:
                burst.line += shift
        merged = sorted((burst for burst in near if burst.is_small), key=lambda burst: burst.line)
        begin = min([first, *(burst.line for burst in merged)])
        end = max([last, *(burst.end for burst in merged)])
        # Both texts are the same up to the change, so its place and its line are those of both.
        start = _beginning(before, change.start, first - begin)
        oldest = _oldest(_lines(before, start, end - begin), begin, merged)
        self._keep(_Burst(path, now, begin, oldest, _lines(after, start, end + shift - begin)))

    def recent(self, *, allowed: Callable[[str], bool] = lambda _path: True) -> tuple[RecentEdit, ...]:
        """Return the bursts in files that are allowed, newest first."""
        return tuple(
            RecentEdit(burst.path, burst.time, burst.line, "\n".join(burst.before), "\n".join(burst.after))
            for burst in reversed(self._bursts)
            if burst.before != burst.after and burst.is_small and allowed(burst.path)
        )

    def forget(self, path: str) -> None:
        """Forget the edits of one file."""
        self._bursts = [burst for burst in self._bursts if burst.path != path]

    def _keep(self, burst: _Burst) -> None:
        kept = [*self._bursts, burst]
        paths = list(dict.fromkeys(each.path for each in reversed(kept)))[:_MAX_FILES]
        self._bursts = [each for each in kept if each.path in paths][-_MAX_BURSTS:]


def _oldest(lines: list[str], begin: int, bursts: list[_Burst]) -> list[str]:
    """The lines from `begin` on as they were before any of the bursts, which lie in order and apart."""
    oldest: list[str] = []
    position = begin
    for burst in bursts:
        oldest += [*lines[position - begin : burst.line - begin], *burst.before]
        position = burst.end
    return oldest + lines[position - begin :]


def _beginning(text: str, offset: int, n_above: int) -> int:
    """Where the line of an offset begins, or the one so many lines above it."""
    start = text.rfind("\n", 0, offset) + 1
    for _ in range(n_above):
        start = text.rfind("\n", 0, start - 1) + 1
    return start


def _lines(text: str, start: int, limit: int) -> list[str]:
    """Up to `limit` lines of a text, from a place on; slicing off all the rest would cost more in a long file."""
    lines: list[str] = []
    while len(lines) < limit and start >= 0:
        end = text.find("\n", start)
        lines.append((text[start:end] if end >= 0 else text[start:]).rstrip("\r"))
        start = end + 1 if end >= 0 else -1
    return lines
