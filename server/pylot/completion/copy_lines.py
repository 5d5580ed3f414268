"""The lines that go on after a copied one, moved to the indentation at the cursor."""

from __future__ import annotations

from pylot.completion.cursor import leading_blanks, line_before, lines_above
from pylot.completion.flat_text import with_line_feeds
from pylot.completion.values import CompletionRequest

_LOOKED_AT = 20


def following_lines(text: str, line_number: int, request: CompletionRequest, limit: int) -> list[str]:
    """Return up to `limit` lines that follow a line in `text`, as long as they are indented no less.

    The indentation of that line gives way to the one of the cursor's line.
    """
    lines = _lines_from(text, line_number, limit + 1)
    there = leading_blanks(lines[0])
    here = leading_blanks(line_before(request.prefix))
    followers: list[str] = []
    for line in lines[1:]:
        if line.strip() and not line.startswith(there):
            break
        followers.append(here + line[len(there) :].rstrip() if line.strip() else "")
    while followers and not followers[-1]:
        followers.pop()
    return followers


def missing_indentation(text: str, line_number: int, request: CompletionRequest) -> str:
    """Return the blanks that an empty line at the cursor lacks to stand to the line above as the copied line did.

    Where blanks are typed already, they are what the user or the editor wants.
    """
    if line_before(request.prefix):
        return ""
    tab_size = max(1, request.indentation.tab_size)
    there_above = _last_with_text(_lines_from(text, max(0, line_number - _LOOKED_AT), min(line_number, _LOOKED_AT)))
    here_above = _last_with_text(lines_above(request.prefix, _LOOKED_AT))
    there = leading_blanks(_lines_from(text, line_number, 1)[0])
    step = _width(there, tab_size) - _width(leading_blanks(there_above), tab_size)
    width = _width(leading_blanks(here_above), tab_size) + step
    return " " * max(0, width)


def _last_with_text(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "")


def _width(blanks: str, tab_size: int) -> int:
    return len(blanks.expandtabs(tab_size))


def _lines_from(text: str, line_number: int, limit: int) -> list[str]:
    return with_line_feeds(text).split("\n", line_number + limit)[line_number : line_number + limit]
