"""Every tool that there is and who may call it (C10, C12), as plain values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pylot.agent.blueprints import AgentsSettings
from pylot.config.settings import Settings
from pylot.tools.pins import Pins
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.spec import may_call, unknown_tools


def tool_pins(data: Path) -> Pins:
    """Return the pins of the tools of servers, in the data folder."""
    return Pins(data / "tool-pins.json")


async def list_tools(settings: Settings, data: Path) -> dict[str, Any]:
    """Return `{tools, notes}`: each tool with the `agents` that may call it, and sentences about what is wrong.

    The servers of the user's own configuration are started for that, and ended.
    """
    registry = Registry(settings.section(ToolsSettings), tool_pins(data), os.environ)
    try:
        await registry.load()
    finally:
        await registry.close()
    agents = settings.section(AgentsSettings)
    named = {name: agents.blueprint(name).tools for name in agents.names()}
    tools = [
        {**spec.model_dump(mode="json"), "agents": [name for name in named if may_call(spec, name, named[name])]}
        for spec in registry.tools()
    ]
    return {"tools": tools, "notes": [*registry.notes, *unknown_tools(registry.tools(), named)]}
