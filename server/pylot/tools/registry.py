"""All tools of one configuration: the built-in ones, and those that the user has named (C8, C15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pylot.kernel.errors import ToolError
from pylot.policy.actions import CallTool
from pylot.tools.builtin import BUILT_IN
from pylot.tools.http_executor import call_http_tool
from pylot.tools.mcp_tools import McpServers
from pylot.tools.pins import Pins
from pylot.tools.python_tools import call_python_tool, describe_python_tool
from pylot.tools.results import ToolResult, failed
from pylot.tools.settings import HttpToolSettings, ToolsSettings
from pylot.tools.spec import ToolSpec


class Registry:
    """Know all tools and call those that are not built in; owned by one event loop.

    `notes` are sentences for the user about tools that are missing or have changed.
    """

    def __init__(self, settings: ToolsSettings, pins: Pins, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._servers = McpServers(settings.mcp, pins, environ)
        self._specs = {tool.id: tool.spec for tool in BUILT_IN}
        self.notes: tuple[str, ...] = ()

    async def load(self) -> None:
        """Find out about the tools that the user's configuration names; without this there are the built-in ones."""
        notes: list[str] = []
        found = [_http_spec(name, settings) for name, settings in self._settings.http.items()]
        for name, settings in self._settings.python.items():
            try:
                found.append(await describe_python_tool(name, settings))
            except ToolError as error:
                notes.append(error.sentence)
        if self._settings.mcp:
            listed, more = await self._servers.specs()
            found, notes = found + listed, notes + more
        for spec in found:
            if spec.id in self._specs:
                notes.append(f"There are two tools {spec.id}; the second one is left out.")
            else:
                self._specs[spec.id] = spec
        self.notes = tuple(notes)

    def tools(self) -> list[ToolSpec]:
        """Return all tools, in an order that stays the same."""
        return list(self._specs.values())

    def reads_only(self, spec: ToolSpec) -> bool:
        """Tell whether a tool counts as harmless now."""
        return self._servers.reads_only(spec) if spec.executor == "mcp" else spec.reads_only

    def has_changed(self, spec: ToolSpec) -> bool:
        """Tell whether the server of a tool has other tools than when it was first seen."""
        return spec.executor == "mcp" and self._servers.has_changed(spec)

    async def call(self, action: CallTool, context: Mapping[str, Any]) -> ToolResult:
        """Call a tool that is not built in, exactly as it was decided about (C9); failures are results.

        Only whoever performs what was allowed may call this.
        """
        spec = self._specs.get(action.tool_id)
        if spec is None or spec.executor != action.executor:
            return failed(f"There is no tool {action.tool_id}.")
        if spec.pin != action.pin:
            return failed("The tool has changed since this was decided: call it again.")
        if spec.executor == "mcp":
            return await self._servers.call(spec.id, action.pin, action.arguments)
        if spec.executor == "http":
            return await call_http_tool(self._settings.http[spec.id], action.arguments, context)
        return await call_python_tool(self._settings.python[spec.id], action.arguments, context)

    async def close(self) -> None:
        """End what was started."""
        await self._servers.close()


def _http_spec(name: str, settings: HttpToolSettings) -> ToolSpec:
    return ToolSpec(
        id=name, name=name, description=settings.description, input_schema=settings.parameters, executor="http",
        target=settings.url, allowed_agents=settings.agents, reads_only=settings.reads_only,
    )  # fmt: skip
