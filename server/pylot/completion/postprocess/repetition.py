"""Loops that weak models fall into."""

from __future__ import annotations

import re

from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_TOKEN = re.compile(r"\w+|[^\w\s]")
# The last `length` tokens repeat with at most `period` tokens between.
_TOKEN_LOOPS = ((1, 10), (10, 30), (20, 45), (30, 60))
_LINE_LOOPS = (re.compile(r"(.{3,40}?)\1{4,}\Z"), re.compile(r"(.{10,80}?)\1{2,}\Z"))
_RULER = frozenset("-=*#~_/.+| ")
_LOOKED_AT = 400
_MAX_LINE_PERIOD = 4
_ROUNDS = 3


def cut_repetition(draft: Draft, _context: PostContext) -> Draft | Reason:
    """Cut before the text starts to go in circles; drop it when its first line does."""
    lines = draft.text.split("\n")
    n_kept = min(_lines_before_block_loop(lines), _lines_before_inner_loop(lines))
    if n_kept == len(lines):
        return draft
    kept = "\n".join(lines[:n_kept]).rstrip()
    return Draft(kept, draft.replace_right) if kept.strip() else Reason.REPETITIVE


def _lines_before_block_loop(lines: list[str]) -> int:
    """How many lines to keep so that a block of lines that comes three times in a row is left once."""
    lines = [line.strip() for line in lines]
    for start in range(len(lines)):
        for period in range(1, _MAX_LINE_PERIOD + 1):
            block = lines[start : start + period]
            rounds = [lines[start + n * period : start + (n + 1) * period] for n in range(1, _ROUNDS)]
            if any(block) and all(each == block for each in rounds):
                return start + period
    return len(lines)


def _lines_before_inner_loop(lines: list[str]) -> int:
    tokens: list[str] = []
    for number, line in enumerate(lines):
        tokens.extend(_TOKEN.findall(line))
        end = line.rstrip()[-_LOOKED_AT:]
        if not _is_ruler(end) and (_tokens_loop(tokens) or any(pattern.search(end) for pattern in _LINE_LOOPS)):
            return number
    return len(lines)


def _tokens_loop(tokens: list[str]) -> bool:
    return any(_is_periodic(tokens[-length:], period) for period, length in _TOKEN_LOOPS if len(tokens) >= length)


def _is_periodic(tokens: list[str], longest: int) -> bool:
    return any(tokens[period:] == tokens[:-period] for period in range(1, longest + 1))


def _is_ruler(line: str) -> bool:
    """Whether a line such as `# -----` repeats on purpose."""
    return bool(line) and set(line) <= _RULER
