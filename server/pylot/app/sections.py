"""Every configuration section there is, by name; each room owns its own model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pylot.actions.settings import ActionSettings
from pylot.agent.blueprints import AgentsSettings
from pylot.completion.settings import CompletionSettings
from pylot.config.settings import Settings
from pylot.index.settings import IndexSettings
from pylot.journal.settings import HistorySettings
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.policy.settings import PolicySettings
from pylot.tools.settings import ToolsSettings
from pylot.workspace.settings import WorkspaceSettings


class LogSettings(BaseModel):
    """What goes to the log file; user code never does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level that is logged.")


class AgentSettings(BaseModel):
    """What holds for every agent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: PolicySettings = Field(default=PolicySettings(), description="What agents may do.")
    history: HistorySettings = Field(default=HistorySettings(), description="How long it is known what they did.")


_DAY = 24 * 3600.0


def grant_seconds(settings: Settings) -> float:
    """Return how long an answer for a workspace or for good holds."""
    return settings.section(AgentSettings).policy.grant_days * _DAY


SECTIONS: Mapping[str, type[BaseModel]] = {
    "completion": CompletionSettings,
    "models": ModelsSettings,
    "engine": EngineSettings,
    "workspace": WorkspaceSettings,
    "index": IndexSettings,
    "tools": ToolsSettings,
    "agent": AgentSettings,
    "agents": AgentsSettings,
    "actions": ActionSettings,
    "log": LogSettings,
}
