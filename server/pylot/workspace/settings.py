"""The `[workspace]` section of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pylot.config.narrowing import NARROW
from pylot.config.ownership import OWN


class WorkspaceSettings(BaseModel):
    """Which files Pylot may see; the ignore files and the secret scanner apply besides, always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exclude: tuple[str, ...] = Field(
        default=(),
        description="Files that get no completion and are never context, as patterns in the syntax of .gitignore.",
        json_schema_extra=NARROW,
    )
    max_file_bytes: int = Field(
        default=1 << 20,
        ge=1024,
        le=64 << 20,
        description="Larger files, in bytes of UTF-8, get no completion and are never context.",
        json_schema_extra=NARROW,
    )
    trusted: tuple[str, ...] = Field(
        default=(),
        description="Folders whose workspaces may narrow settings by a .pylot/pylot.toml, as absolute paths.",
        json_schema_extra=OWN,
    )
