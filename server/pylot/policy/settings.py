"""The part `policy` of the configuration section `[agent]`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pylot.config.narrowing import ONLY_NARROW
from pylot.config.ownership import OWN
from pylot.policy.rules import Rules, parse_allow_rule, parse_rule


class PolicySettings(BaseModel):
    """What agents may do without asking (D6); a workspace can only add to what is asked and denied."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["ask", "read_only", "auto_edit"] = Field(
        default="ask",
        description="`ask` asks before every change, `auto_edit` edits files of trusted workspaces without asking, "
        "`read_only` refuses every change.",
        json_schema_extra=OWN,
    )
    allow: tuple[str, ...] = Field(
        default=(),
        description="What needs no asking: the first words of a command (`cargo build`), or `read:`, `edit:` or "
        "`tool:` and a pattern (`edit:src/**`).",
        json_schema_extra=OWN,
    )
    ask: tuple[str, ...] = Field(
        default=(),
        description="What is asked about every time, written like `allow`; no earlier answer counts.",
        json_schema_extra=ONLY_NARROW,
    )
    deny: tuple[str, ...] = Field(
        default=(),
        description="What is refused, written like `allow`; a wrapper in front of a command is no way around it.",
        json_schema_extra=ONLY_NARROW,
    )
    sudo: bool = Field(
        default=False,
        description="Whether an agent may ask to run a command with sudo, each time with your password.",
        json_schema_extra=OWN,
    )
    grant_days: int = Field(
        default=90,
        ge=1,
        le=90,
        description="Days after which an answer for a workspace or for good has to be given again.",
        json_schema_extra=ONLY_NARROW,
    )

    @field_validator("allow")
    @classmethod
    def _allow_rules(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            parse_allow_rule(text)
        return texts

    @field_validator("ask", "deny")
    @classmethod
    def _other_rules(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            parse_rule(text)
        return texts

    @property
    def rules(self) -> Rules:
        """The rules, read."""
        return Rules(
            allow=tuple(map(parse_allow_rule, self.allow)),
            ask=tuple(map(parse_rule, self.ask)),
            deny=tuple(map(parse_rule, self.deny)),
        )
