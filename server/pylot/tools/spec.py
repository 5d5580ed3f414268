"""What is known of one tool (C8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

Executor: TypeAlias = Literal["builtin", "python", "http", "mcp"]
Json: TypeAlias = dict[str, Any]

RESULT_SCHEMA: Json = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}, "text": {"type": "string"}, "error": {"type": "string"}},
    "required": ["ok"],
}
"""What every tool gives back, unless it says more of it (C7)."""


class ToolSpec(BaseModel):
    """One tool as agents, approvals and `GET /v1/tools` know it.

    `target` says where it is run: an entry point, an address, or a server and the tool's name there.
    `allowed_agents` are those that may call it, None for all whose blueprint names it; nobody else may (C12).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    description: str
    input_schema: Json
    output_schema: Json = RESULT_SCHEMA
    executor: Executor = "builtin"
    target: str = ""
    allowed_agents: tuple[str, ...] | None = None
    reads_only: bool = False

    @property
    def pin(self) -> str:
        """The SHA-256 of all that makes this tool what it is; it changes when the tool does."""
        return definition_hash(self.model_dump(mode="json", exclude={"allowed_agents", "reads_only"}))


def definition_hash(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a definition in canonical JSON."""
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def may_call(spec: ToolSpec, agent_id: str, named: Sequence[str]) -> bool:
    """Tell whether an agent may call a tool: its blueprint has to name it, with `*` for any letters (C12)."""
    if spec.allowed_agents is not None and agent_id not in spec.allowed_agents:
        return False
    return any(fnmatchcase(spec.id, pattern) for pattern in named)


def unknown_tools(specs: Iterable[ToolSpec], named: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence for each name in the `tools` of agents that is neither a tool's nor an agent's."""
    known = [*(spec.id for spec in specs), *named]
    return [
        f"The agent {agent} names the tool {pattern!r}, which there is not; `pylot tools list` shows them all."
        for agent, patterns in named.items()
        for pattern in patterns
        if not any(fnmatchcase(it, pattern) for it in known)
    ]
