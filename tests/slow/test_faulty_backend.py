"""The same server as in tests/e2e/models/test_faulty_backend.py, for 200 requests in each mode (S6)."""

from __future__ import annotations

import pytest

from tests.support.backend_nemesis import PROVIDERS, attack
from tests.support.faulty_server import MODES, Mode, faulty_server


@pytest.mark.parametrize("kind", PROVIDERS)
@pytest.mark.parametrize("mode", MODES)
async def test_two_hundred_requests(kind: str, mode: Mode) -> None:
    async with faulty_server() as server:
        provider = PROVIDERS[kind](server)
        await attack(provider, server, mode, 200)

        assert await attack(provider, server, "good", 1) == ["length"]
        await provider.close()
