"""T1: the server's text equals an independent reference after any edits."""

from __future__ import annotations

import pytest

from pylot.text.positions import PositionEncoding
from tests.support.text_reference import compare_random_edits


@pytest.mark.parametrize("encoding", PositionEncoding, ids=lambda it: it.value)
def test_text_equals_the_reference_after_2000_edits(encoding: PositionEncoding) -> None:
    for seed in range(10):
        compare_random_edits(encoding, n_edits=200, seed=seed)
