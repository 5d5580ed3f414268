"""Common beginnings and ends, against the plain loop."""

from __future__ import annotations

from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylot.kernel.overlap import common_prefix_length, common_suffix_length

TEXTS = st.text("ab", max_size=12)


def n_shared(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


@given(TEXTS, TEXTS)
def test_prefix(left: str, right: str) -> None:
    assert common_prefix_length(left, right) == n_shared(left, right)


@given(TEXTS, TEXTS, st.integers(0, 12))
def test_suffix(left: str, right: str, limit: int) -> None:
    expected = min(limit, n_shared(left[::-1], right[::-1]))

    assert common_suffix_length(left, right, limit) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [([], [], 0), ([1, 2], [1, 2], 2), ([1, 2, 3], [1, 2], 2), ([1, 9, 3], [1, 2, 3], 1), ([9], [1], 0)],
)
def test_token_lists(left: list[int], right: list[int], expected: int) -> None:
    assert common_prefix_length(left, right) == expected


@pytest.mark.parametrize("n_same", [0, 1, 16_383, 16_384, 16_385, 40_000])
def test_long_texts(n_same: int) -> None:
    same = "ab" * 20_000

    assert common_prefix_length(same[:n_same] + "x", same[:n_same] + "yz") == n_same
    assert common_suffix_length("x" + same[:n_same], "yz" + same[:n_same], 100_000) == n_same
    assert common_suffix_length(same, same, n_same) == n_same
