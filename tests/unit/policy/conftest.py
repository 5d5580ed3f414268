from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.policy_workspace import SYSTEM, Ground, install, make_ground


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A hostile workspace, and programs that are never run."""
    ground = make_ground(tmp_path)
    install(ground.bin, *SYSTEM)
    return ground
