"""The configuration section `tools`: what agents may call beside the built-in tools (C8, C13 to C15)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pylot.config.ownership import OWN

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a tool's name has small letters, digits and _ only")
    return name


ToolName = Annotated[str, AfterValidator(_checked_name)]


class HttpToolSettings(BaseModel):
    """A tool behind an address: its arguments are sent by POST as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://", description="Where the arguments are sent, and nowhere else.")
    description: str = Field(description="What the tool does, for the model.")
    parameters: dict[str, Any] = Field(
        default={"type": "object"}, description="The JSON Schema of its arguments, an object."
    )
    headers: dict[str, str] = Field(default={}, description="Headers that are sent along, such as a key.")
    redirect_hosts: tuple[str, ...] = Field(
        default=(), description="Other hosts that the address may lead on to; none of them on a private network."
    )
    timeout_s: float = Field(default=30.0, gt=0, le=600, description="Seconds after which it is given up.")
    reads_only: bool = Field(
        default=False, description="Whether it changes nothing, so that it need not be asked about."
    )
    agents: tuple[str, ...] | None = Field(default=None, description="The agents that may call it; all that name it.")


class McpServerSettings(BaseModel):
    """A server of the Model Context Protocol that is started as a program."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(min_length=1, description="The program.")
    args: tuple[str, ...] = Field(default=(), description="Its arguments.")
    env: dict[str, str] = Field(default={}, description="What its environment holds besides a short list.")
    reads_only: tuple[str, ...] = Field(
        default=(), description="Its tools that change nothing, by the server's names for them."
    )
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="Seconds that an answer may take.")
    agents: tuple[str, ...] | None = Field(default=None, description="The agents that may call it; all that name it.")


class PythonToolSettings(BaseModel):
    """A tool of an installed package, named by its entry point in the group `pylot.tools`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry_point: str = Field(min_length=1, description="The entry point's name.")
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="Seconds after which it is ended.")
    reads_only: bool = Field(
        default=False, description="Whether it changes nothing, so that it need not be asked about."
    )
    agents: tuple[str, ...] | None = Field(default=None, description="The agents that may call it; all that name it.")


class ToolsSettings(BaseModel):
    """Tools of your own; an agent may call those that its `tools` name. No workspace can add one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    http: dict[ToolName, HttpToolSettings] = Field(
        default={}, description="Tools behind an address, by name.", json_schema_extra=OWN
    )
    mcp: dict[ToolName, McpServerSettings] = Field(
        default={},
        description="Servers of the Model Context Protocol, by name; their tools are called `NAME_TOOL`.",
        json_schema_extra=OWN,
    )
    python: dict[ToolName, PythonToolSettings] = Field(
        default={}, description="Tools of installed packages, by name.", json_schema_extra=OWN
    )
