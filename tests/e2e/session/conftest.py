from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editor import LEAVE_AT_ONCE, Home


@pytest.fixture
def home(own_home: Path) -> Home:
    """Return the user's folder, configured so that engines leave with their last server."""
    home = Home(own_home / "home")
    home.configure(LEAVE_AT_ONCE)
    return home
