"""Is a suggestion right, and if not, how far off is it?"""

from __future__ import annotations

from pylot.evaluation.values import Case, Kind
from pylot.kernel.overlap import common_prefix_length, common_suffix_length

_LONGEST_COMPARED = 1_500


def is_exact(case: Case, text: str) -> bool:
    """Tell whether a suggestion completes the case: the rest of its line, or all of its block.

    Blanks at the ends of lines do not count, nor what a suggestion for a line says about further lines.
    """
    said, truth = lines_of(text), lines_of(case.truth)
    return said == truth if case.kind is Kind.BLOCK else said[:1] == truth[:1]


def follows_exactly(case: Case, text: str) -> bool:
    """Tell whether every line of a suggestion is what really follows, so that it may be accepted as it is."""
    said = lines_of(text)
    return bool(said) and said == lines_of(case.truth)[: len(said)]


def similarity(case: Case, text: str) -> float:
    """Return the edit similarity (1 - distance / longer length) of the rest of the line or of the block; 0 to 1."""
    said, truth = lines_of(text), lines_of(case.truth)
    if case.kind is not Kind.BLOCK:
        said, truth = said[:1], truth[:1]
    return edit_similarity("\n".join(said), "\n".join(truth))


def edit_similarity(left: str, right: str) -> float:
    """Return 1 minus the Levenshtein distance as a share of the longer text; texts beyond 1,500 characters are cut."""
    left, right = left[:_LONGEST_COMPARED], right[:_LONGEST_COMPARED]
    longer = max(len(left), len(right))
    return 1.0 - edit_distance(left, right) / longer if longer else 1.0


def edit_distance(left: str, right: str) -> int:
    """Return how many characters must be inserted, removed or replaced to turn one text into the other."""
    start = common_prefix_length(left, right)
    end = common_suffix_length(left, right, min(len(left), len(right)) - start)
    left, right = left[start : len(left) - end], right[start : len(right) - end]
    above = list(range(len(right) + 1))
    for row, character in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            substituted = above[column - 1] + (character != other)
            current.append(min(substituted, above[column] + 1, current[-1] + 1))
        above = current
    return above[-1]


def lines_of(text: str) -> list[str]:
    """Return the lines without blanks at their ends and without blank ones at the end of the text."""
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines
