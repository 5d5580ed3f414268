"""Whoever writes to the journal may be killed at any moment (T18, T19, T21)."""

from __future__ import annotations

from pathlib import Path

from tests.support.journal_kills import kill_and_check


async def test_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    await kill_and_check(tmp_path, n_kills=40, seed=9)
