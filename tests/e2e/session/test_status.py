"""`pylot.status` answers whatever state the parts are in."""

from __future__ import annotations

from typing import Any

import pytest

from pylot.app.session import Session
from pylot.engine.client import EngineClient
from pylot.kernel.errors import EngineUnavailableError
from tests.support.editor import Home
from tests.support.recording_client import RecordingClient


async def test_status_is_told_while_the_engine_goes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine may leave between the look at its connection and its answer."""

    async def lost(self: EngineClient) -> dict[str, Any]:
        raise EngineUnavailableError("The engine was lost.")

    session = Session(RecordingClient(), client_debounces=True)
    await session._models.provider("complete").ready()
    monkeypatch.setattr(EngineClient, "status", lost)
    models: Any = (await session.status())["models"]
    await session.close()

    assert models["providers"]["pylot-tiny"]["state"] == "ready"
    assert "engine" not in models["providers"]["pylot-tiny"]
