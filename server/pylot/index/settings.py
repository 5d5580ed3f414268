"""The configuration section `index`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pylot.config.narrowing import NARROW


class IndexSettings(BaseModel):
    """The symbols and the search index of a workspace, kept on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        default=True,
        description="Read the workspace in the background, so that it can be searched and its names be known.",
        json_schema_extra=NARROW,
    )
    vectors: bool = Field(
        default=True,
        description="Search by meaning too, with the model of the role `embed`; off, search goes by words and names.",
        json_schema_extra=NARROW,
    )
    watch: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Look at the workspace again and again for changes; `auto` does so seldom where the editor tells "
        "of changed files, and often where it does not.",
    )
    idle_seconds: float = Field(
        default=3.0, ge=0.0, description="How long the process that keeps an index stays after its last window."
    )
    max_files: int = Field(
        default=50_000,
        ge=1,
        le=1_000_000,
        description="No more files of a workspace are read than these.",
        json_schema_extra=NARROW,
    )
