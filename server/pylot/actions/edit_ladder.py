"""Edits as models write them, search and replace, and the one place of a text that each can mean (T11).

A search text is looked for as it stands; then with other line endings and other spaces at the ends of lines; then with
all lines indented more or less by the same; then all of that again, without backslashes escaped once too often.
The first of these that fits anywhere decides, and it has to fit in one place only.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pylot.actions.edits import TextEdit
from pylot.actions.near_miss import near_miss_report
from pylot.kernel.errors import EditMismatchError
from pylot.text.lines import split_lines, without_terminator

_MOST_PLACES = 5
_ESCAPE = re.compile(r"\\(\\|[ntr\"'`])")
_MEANS = {"n": "\n", "t": "\t", "r": "\r"}


class SearchReplace(NamedTuple):
    """Replace the one place where `search` stands; an empty search fits an empty text only."""

    search: str
    replace: str


def plan_replacements(
    text: str, blocks: Sequence[SearchReplace], *, within: tuple[int, int] | None = None
) -> tuple[TextEdit, ...]:
    """Return the edits that blocks stand for, all looked for in the text as it is now, in order of their places.

    `within` are the offsets between which all of them have to lie.

    Raises:
        EditMismatchError: one fits nowhere, or in several places, or two overlap; nothing is to be changed then.
    """
    start, end = within or (0, len(text))
    # A window that opens in the middle of a line would make half a line look like a whole one.
    edits = [
        _moved(_plan_one(text[start:end], block, number, len(blocks)), start) for number, block in enumerate(blocks, 1)
    ]
    edits.sort()
    for before, after in itertools.pairwise(edits):
        if after.start < before.end or after.start == before.start:
            raise EditMismatchError(
                "Two of the edits change the same place.",
                report=f"Two edits overlap at line {_line(text, after.start)}. Make them one edit.",
            )
    return tuple(edits)


def plan_replacement(text: str, search: str, replace: str) -> TextEdit:
    """Return the edit that puts `replace` where `search` stands.

    Raises:
        EditMismatchError: it stands nowhere, or in several places.
    """
    return _plan_one(text, SearchReplace(search, replace), 1, 1)


def _plan_one(text: str, block: SearchReplace, number: int, n_blocks: int) -> TextEdit:
    which = f"Edit {number} of {n_blocks}" if n_blocks > 1 else "The edit"
    if not block.search.strip():
        if not text.strip():
            return TextEdit(0, len(text), block.replace)
        raise EditMismatchError(
            f"{which} does not say what it replaces.", report=f"{which}: the text to search for is empty."
        )
    for rung in _rungs(text, block):
        # One more than are named tells that there are more.
        found = list(itertools.islice(rung, _MOST_PLACES + 1))
        if len(found) == 1:
            return found[0]
        if found:
            raise EditMismatchError(f"{which} fits {_count(len(found))} places.", report=_ambiguous(text, which, found))
    raise EditMismatchError(f"{which} fits no place of the text.", report=near_miss_report(text, block, which))


def _rungs(text: str, block: SearchReplace) -> Iterator[Iterator[TextEdit]]:
    whole = _Whole(text)
    plain = SearchReplace(_unescaped(block.search), _unescaped(block.replace))
    for each in (block, plain) if plain.search != block.search else (block,):
        yield _exact(text, each)
        yield whole.fitting(each, _same_but_for_ends)
        yield whole.fitting(each, _indented_alike)


def _exact(text: str, block: SearchReplace) -> Iterator[TextEdit]:
    replace = _in_ending_of(text, block.replace)
    at = text.find(block.search)
    while at >= 0:
        yield TextEdit(at, at + len(block.search), _indented_as(text, at, block.search, replace))
        # Places that overlap are several places, too.
        at = text.find(block.search, at + 1)


def _in_ending_of(text: str, replace: str) -> str:
    """Return a replacement in the line ending of a text that has only one."""
    n_pairs, n_feeds = text.count("\r\n"), text.count("\n")
    if n_feeds and n_pairs == n_feeds:
        return replace.replace("\r\n", "\n").replace("\n", "\r\n")
    return replace.replace("\r\n", "\n") if n_feeds and not n_pairs else replace


def _indented_as(text: str, at: int, search: str, replace: str) -> str:
    """Indent a replacement of several lines for one that was named without its indentation."""
    indent = text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 : at]
    if not indent or indent.strip() or "\n" in search or search[0].isspace():
        return replace
    first, *rest = split_lines(replace)
    if all(line.startswith(indent) for line in rest if line.strip()):
        return replace
    return "".join([first, *(indent + line if line.strip() else line for line in rest)])


_Change = Callable[[str], str | None]
"""What makes of a line of the replacement one that fits the text; None where that cannot be done."""


class _Whole:
    """A text in lines, in which whole lines are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._raw = split_lines(text)
        self._lines = [without_terminator(line).rstrip() for line in self._raw]
        self._starts = [0]
        for line in self._raw:
            self._starts.append(self._starts[-1] + len(line))

    def fitting(
        self, block: SearchReplace, fits: Callable[[Sequence[str], Sequence[str]], _Change | None]
    ) -> Iterator[TextEdit]:
        """Yield the edits of all places whose lines fit those of a block."""
        search = [line.rstrip() for line in _lines_of(block.search)]
        replace = _lines_of(block.replace) if block.replace else []
        for at in range(len(self._lines) - len(search) + 1):
            change = fits(search, self._lines[at : at + len(search)])
            if change is None:
                continue
            changed = [change(line) for line in replace]
            if not any(line is None for line in changed):
                yield self._edit(at, at + len(search), [line or "" for line in changed], block)

    def _edit(self, first: int, end: int, lines: Sequence[str], block: SearchReplace) -> TextEdit:
        """Replace whole lines, in the text's own kind of line ending; what follows keeps its own line."""
        start, last = self._starts[first], self._raw[end - 1]
        stop = self._starts[end - 1] + len(without_terminator(last))
        ending = next((raw[len(without_terminator(raw)) :] for raw in self._raw if raw.endswith(("\n", "\r"))), "\n")
        if not lines and block.search.endswith(("\n", "\r")):
            return TextEdit(start, self._starts[end], "")
        return TextEdit(start, stop, ending.join(lines))


def _same_but_for_ends(search: Sequence[str], lines: Sequence[str]) -> _Change | None:
    return str if search == lines else None


def _indented_alike(search: Sequence[str], lines: Sequence[str]) -> _Change | None:
    """Tell how the replacement has to be indented where all lines are shifted by the same, and are else the same."""
    shift: tuple[str, str] | None = None
    for wanted, there in zip(search, lines, strict=True):
        if not wanted or not there:
            if wanted or there:
                return None
            continue
        each = _shift(wanted, there)
        if each is None or (shift is not None and each != shift):
            return None
        shift = each
    return _shifter(*shift) if shift is not None else None


def _shift(wanted: str, there: str) -> tuple[str, str] | None:
    """Return what to take from and what to put at a line's front; None where the lines differ behind their indents."""
    if wanted.lstrip() != there.lstrip():
        return None
    old, new = wanted[: -len(wanted.lstrip())], there[: -len(there.lstrip())]
    if new.endswith(old):
        return "", new[: len(new) - len(old)]
    return (old[: len(old) - len(new)], "") if old.endswith(new) else None


def _shifter(less: str, more: str) -> _Change:
    def shifted(line: str) -> str | None:
        if not line.strip():
            return ""
        return more + line[len(less) :] if line.startswith(less) else None

    return shifted


def _lines_of(text: str) -> list[str]:
    lines = [without_terminator(line) for line in split_lines(text)]
    # What follows the last line break is no line.
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANS.get(found[1], found[1]), text)


def _ambiguous(text: str, which: str, found: Sequence[TextEdit]) -> str:
    places = ", ".join(str(_line(text, edit.start)) for edit in found[:_MOST_PLACES])
    more = " and more" if len(found) > _MOST_PLACES else ""
    return (
        f"{which}: the text to search for stands at the lines {places}{more}. "
        "Repeat it with enough lines around it to mean one place."
    )


def _count(n: int) -> str:
    return "two" if n == 2 else "several"


def _line(text: str, offset: int) -> int:
    return len(split_lines(text[:offset]))


def _moved(edit: TextEdit, by: int) -> TextEdit:
    return TextEdit(edit.start + by, edit.end + by, edit.text)
