"""Which tool of a server is called (T23)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pylot.tools.mcp_tools import McpServers
from pylot.tools.pins import Pins
from pylot.tools.settings import McpServerSettings


class TwoNames:
    """A client of a server whose tools have names that come to the same one."""

    def __init__(self) -> None:
        self.called: list[str] = []

    async def tools(self) -> list[dict[str, Any]]:
        return [{"name": name, "inputSchema": {"type": "object"}} for name in ("get-item", "get_item")]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self.called.append(name)
        return {"content": []}

    async def close(self) -> None:
        """Do nothing."""


async def test_of_two_tools_that_come_to_one_name_the_one_that_was_decided_about_is_called(tmp_path: Path) -> None:
    settings = McpServerSettings(command="x", reads_only=("get-item",))
    servers, client = McpServers({"s": settings}, Pins(tmp_path / "pins.json"), {}), TwoNames()
    clients: dict[str, Any] = servers._clients
    clients["s"] = client
    found, _ = await servers.specs()
    await servers.call(found[0].id, found[0].pin, {})

    assert [(spec.id, spec.target, spec.reads_only) for spec in found] == [("s_get_item", "s/get-item", True)]
    assert client.called == ["get-item"]
