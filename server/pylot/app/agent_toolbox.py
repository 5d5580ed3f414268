"""The tools of an agent, and the agents that it may call like tools (C6, C8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pylot.agent.ports import Toolbox
from pylot.kernel.errors import ActionRefusedError
from pylot.models.values import Tool
from pylot.policy.actions import Action, Delegate


class AgentToolbox:
    """Implement `agent.ports.Toolbox`: tools and agents in one list."""

    def __init__(self, tools: Toolbox, agents: Mapping[str, str]) -> None:
        """Take the other tools, and the descriptions of the agents by name."""
        self._tools = tools
        self._agents = agents

    def tools(self) -> Sequence[Tool]:
        """Return them, agents last."""
        return [*self._tools.tools(), *(Tool(name, says, _PARAMETERS) for name, says in self._agents.items())]

    async def action(self, tool: str, arguments: Mapping[str, object]) -> Action:
        """Return what a call would do; raises ActionRefusedError."""
        if tool not in self._agents:
            return await self._tools.action(tool, arguments)
        prompt = arguments.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise ActionRefusedError(f"{tool} needs a prompt that says what it is to do.")
        return Delegate(agent_id=tool, prompt=prompt)


_PARAMETERS = {
    "type": "object",
    "properties": {"prompt": {"type": "string", "description": "The whole task; it knows nothing of this one."}},
    "required": ["prompt"],
    "additionalProperties": False,
}
