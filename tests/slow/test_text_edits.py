"""T1 at length: 20,000 edits with a new seed each time, which a failure names."""

from __future__ import annotations

import secrets

import pytest

from pylot.text.positions import PositionEncoding
from tests.support.text_reference import compare_random_edits


@pytest.mark.slow
@pytest.mark.parametrize("encoding", PositionEncoding, ids=lambda it: it.value)
def test_text_equals_the_reference_after_20000_edits(encoding: PositionEncoding) -> None:
    first_seed = secrets.randbits(32)
    for seed in range(first_seed, first_seed + 100):
        compare_random_edits(encoding, n_edits=200, seed=seed)
