"""How much two texts, byte strings or token lists have in common at their ends.

Comparing slices runs in C, so it beats a Python loop by far over thousands of items; slices of some thousand items stay
in the processor's own cache, which is what counts on a machine whose memory is busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pylot.kernel.recent_texts import RecentTexts

_SLICE = 16_384
_ENDS: RecentTexts[tuple[int, int]] = RecentTexts(4)


def common_prefix_length(left: Sequence[Any], right: Sequence[Any]) -> int:
    """Return how many leading items two sequences of one type share."""
    low, end = 0, min(len(left), len(right))
    high = min(_SLICE, end)
    while left[low:high] == right[low:high]:
        if high == end:
            return end
        low, high = high, min(high + _SLICE, end)
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def shared_ends(before: str, after: str) -> tuple[int, int]:
    """Return how many characters two versions of a text share at their beginning, and how many of the rest at the end.

    Several ask about the same two versions, one after the other, so the last ones are remembered.
    """
    known = _ENDS.find(after, before)
    if known is not None:
        return known.value
    start = common_prefix_length(before, after)
    n_same = common_suffix_length(before, after, min(len(before), len(after)) - start)
    return _ENDS.add(after, (start, n_same), before)


def common_suffix_length(left: Sequence[Any], right: Sequence[Any], limit: int) -> int:
    """Return how many trailing items two sequences of one type share, `limit` at most."""
    n_left, n_right = len(left), len(right)
    low, end = 0, min(limit, n_left, n_right)
    high = min(_SLICE, end)
    while left[n_left - high : n_left - low] == right[n_right - high : n_right - low]:
        if high == end:
            return end
        low, high = high, min(high + _SLICE, end)
    while low < high:
        middle = (low + high + 1) // 2
        if left[n_left - middle : n_left - low] == right[n_right - middle : n_right - low]:
            low = middle
        else:
            high = middle - 1
    return low
