"""The configuration section `agents`: which agents there are (A20)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pylot.config.ownership import OWN
from pylot.kernel.errors import ConfigError
from pylot.models.settings import Role

MAIN = "main"
READING_TOOLS = ("file_read", "code_outline", "list_dir", "search_files", "git_read")
CHANGING_TOOLS = (
    "file_write", "edit_file", "rename_symbol", "extract_code", "inline_symbol", "generate_tests", "generate_docs"
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


class RunLimits(BaseModel):
    """How much one agent may do before the user is asked whether it should go on (A7, T18)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    iterations: int = Field(default=25, ge=1, le=1000, description="How often the model may choose next steps.")
    actions: int = Field(default=100, ge=1, le=10_000, description="How many tools may be called.")
    tokens: int = Field(default=0, ge=0, description="How many tokens models may read and write; 0 means any number.")
    minutes: float = Field(
        default=60.0, gt=0, le=10_080, description="How long it may work, not counting the time it waits for you."
    )


class Blueprint(BaseModel):
    """One agent: the models it asks, the tools it may call, its limits and what it is told first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(default="", description="What it is good for; other agents that may call it read this.")
    role: Role = Field(default="action", description="The role of the model that chooses the next steps.")
    answer_role: Role = Field(default="thinker", description="The role of the model that writes the answer.")
    tools: tuple[str, ...] = Field(
        default=READING_TOOLS, description="The tools and agents that it may call, by name; no others exist for it."
    )
    prompt: str = Field(default="agent-main", description="The prompt that it begins with, a file in `prompts/`.")
    limits: RunLimits = Field(default=RunLimits(), description="How much it may do before you are asked.")
    step_tokens: int = Field(default=2048, ge=64, le=131_072, description="The longest directive, in tokens.")
    answer_tokens: int = Field(default=2048, ge=64, le=131_072, description="The longest answer, in tokens.")
    call_seconds: float = Field(
        default=600.0, gt=0, le=86_400, description="How long a model may take for one of them."
    )


_MAIN = Blueprint(
    description="Does a whole task in the workspace.",
    tools=(*READING_TOOLS, *CHANGING_TOOLS, "shell_exec_safe", "run_tests", "coder"),
)
_CODER = Blueprint(
    description="Writes code to a description and gives it back; it changes no files itself.",
    role="coder",
    answer_role="coder",
    prompt="agent-coder",
    limits=RunLimits(iterations=8, actions=24, minutes=15.0),
)


def _over(shipped: Blueprint) -> BeforeValidator:
    """Let what a user says of a shipped agent change only the keys that they name."""

    def merged(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        base = shipped.model_dump()
        limits = value.get("limits")
        inner = {"limits": {**base["limits"], **limits}} if isinstance(limits, Mapping) else {}
        return {**base, **value, **inner}

    return BeforeValidator(merged)


class AgentsSettings(BaseModel):
    """The agents by name, each a table; those that you name yourself have the keys of `main` (A20)."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra=OWN)
    __pydantic_extra__: dict[str, Blueprint] = Field(init=False)

    main: Annotated[Blueprint, _over(_MAIN)] = Field(
        default=_MAIN, description="The agent that does your tasks.", json_schema_extra=OWN
    )
    coder: Annotated[Blueprint, _over(_CODER)] = Field(
        default=_CODER, description="The agent that other agents leave the writing of code to.", json_schema_extra=OWN
    )

    @model_validator(mode="after")
    def _names_are_plain(self) -> AgentsSettings:
        for name in self.__pydantic_extra__:
            if not _NAME.fullmatch(name):
                raise ValueError("An agent's name has small letters, digits, - and _ only")
        return self

    def names(self) -> tuple[str, ...]:
        """Return the names of all agents."""
        return (*type(self).model_fields, *self.__pydantic_extra__)

    def blueprint(self, name: str) -> Blueprint:
        """Return an agent; raises `ConfigError` for an unknown name."""
        if name not in self.names():
            raise ConfigError(f"There is no agent {name!r}; there are {', '.join(self.names())}.")
        found: Blueprint = getattr(self, name)
        return found

    def delegates(self, blueprint: Blueprint) -> tuple[str, ...]:
        """Return which other agents an agent may call."""
        return tuple(name for name in blueprint.tools if name in self.names())
