"""The tools of the user's MCP servers, pinned by what they were when they were first seen (T23)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from pylot.kernel.errors import ToolError
from pylot.tools.mcp_client import McpClient
from pylot.tools.pins import Pins
from pylot.tools.results import ToolResult, failed, text_result
from pylot.tools.settings import McpServerSettings
from pylot.tools.spec import ToolSpec, definition_hash

_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "TMPDIR", "SYSTEMROOT", "APPDATA")
_ODD = re.compile(r"[^a-zA-Z0-9_]+")
_LONGEST_DESCRIPTION = 1024
_MOST_TOOLS = 64


class McpServers:
    """The servers of one configuration; owned by one event loop."""

    def __init__(self, settings: Mapping[str, McpServerSettings], pins: Pins, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._pins = pins
        self._environ = environ
        self._clients: dict[str, McpClient] = {}
        self._locks = {name: asyncio.Lock() for name in settings}
        self._names: dict[str, tuple[str, str]] = {}
        self._changed: set[str] = set()

    async def specs(self) -> tuple[list[ToolSpec], list[str]]:
        """Return the tools of all servers that answer, and a sentence for each one that does not or has changed."""
        found: list[ToolSpec] = []
        notes: list[str] = []
        for name in self._settings:
            try:
                listed = await self._listed(name)
            except ToolError as error:
                notes.append(f"Tool server {name}: {error.sentence}")
                continue
            if not self._pins.matches(f"mcp/{name}", definition_hash({"tools": [each.pin for each in listed]})):
                self._changed.add(name)
                notes.append(f"The tools of the server {name} have changed, so every call of them is asked about.")
            found += listed
        return found, notes

    def reads_only(self, spec: ToolSpec) -> bool:
        """Tell whether a call needs no asking: the user has said so, of the tool as it was when it was first seen."""
        return spec.reads_only and not self.has_changed(spec)

    def has_changed(self, spec: ToolSpec) -> bool:
        """Tell whether the server of a tool has other tools than when it was first seen."""
        server, _ = self._names.get(spec.id, ("", ""))
        return server in self._changed

    async def call(self, tool_id: str, pin: str, arguments: Mapping[str, Any]) -> ToolResult:
        """Call a tool, if it is still the one that was decided about."""
        server, name = self._names.get(tool_id, ("", ""))
        if server not in self._settings:
            return failed(f"There is no tool {tool_id}.")
        try:
            current = next((spec for spec in await self._listed(server) if spec.id == tool_id), None)
            if current is None or current.pin != pin:
                return failed("The tool has changed since this was decided: call it again.")
            return _result(await (await self._client(server)).call(name, arguments))
        except ToolError as error:
            await self._drop(server)
            return failed(error.sentence)

    async def close(self) -> None:
        """End all servers."""
        for name in list(self._clients):
            await self._drop(name)

    async def _listed(self, server: str) -> list[ToolSpec]:
        settings = self._settings[server]
        specs: list[ToolSpec] = []
        for definition in (await (await self._client(server)).tools())[:_MOST_TOOLS]:
            spec = _spec(server, definition, settings)
            # Of two names that come to the same one the first counts, here as in the registry.
            if spec is not None and spec.id not in {each.id for each in specs}:
                self._names.setdefault(spec.id, (server, str(definition["name"])))
                specs.append(spec)
        return specs

    async def _client(self, server: str) -> McpClient:
        async with self._locks[server]:
            if server not in self._clients:
                settings = self._settings[server]
                environment = {name: self._environ[name] for name in _PASSED if name in self._environ}
                self._clients[server] = await McpClient.start(
                    settings.command, settings.args, environment | settings.env, settings.timeout_s
                )
            return self._clients[server]

    async def _drop(self, server: str) -> None:
        if (client := self._clients.pop(server, None)) is not None:
            await client.close()


def _spec(server: str, definition: Mapping[str, Any], settings: McpServerSettings) -> ToolSpec | None:
    name, schema = definition.get("name"), definition.get("inputSchema")
    if not isinstance(name, str) or not isinstance(schema, dict):
        return None
    return ToolSpec(
        id=f"{server}_{_ODD.sub('_', name)}"[:64],
        name=str(definition.get("title") or name)[:100],
        description=str(definition.get("description") or name)[:_LONGEST_DESCRIPTION],
        input_schema=schema,
        executor="mcp",
        target=f"{server}/{name}",
        allowed_agents=settings.agents,
        # What a server says of its own tools is a hint, and no more.
        reads_only=name in settings.reads_only,
    )


def _result(answer: Mapping[str, Any]) -> ToolResult:
    parts = []
    for block in answer.get("content") or []:
        if isinstance(block, dict):
            kind = block.get("type")
            parts.append(str(block.get("text", "")) if kind == "text" else f"[{kind}]")
    is_error = bool(answer.get("isError"))
    return text_result("\n".join(parts), ok=not is_error, error="The tool has failed." if is_error else "")
