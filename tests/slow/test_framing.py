"""T3 at length: 500 streams with a new seed each time, which a failure names."""

from __future__ import annotations

import secrets

import pytest

from tests.e2e.lsp.test_framing import check_hostile_streams


@pytest.mark.slow
def test_five_hundred_hostile_streams() -> None:
    check_hostile_streams(n_streams=500, seed=secrets.randbits(32))
