"""The lines that go on after a copied one, moved to the indentation at the cursor."""

from __future__ import annotations

from pylot.completion.cursor import leading_blanks, line_before
from pylot.completion.values import CompletionRequest


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


def _lines_from(text: str, line_number: int, limit: int) -> list[str]:
    normalized = text.replace("\r\n", "\n").replace("\r", "\n")
    return normalized.split("\n", line_number + limit)[line_number : line_number + limit]
