"""The part `history` of the configuration section `[agent]`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pylot.config.ownership import OWN


class HistorySettings(BaseModel):
    """How long it is known what agents did; nobody else's layer may shorten that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int = Field(
        default=180,
        ge=1,
        le=36_500,
        description="Days after which a conversation whose tasks are all over is forgotten, with what its files held "
        "before.",
        json_schema_extra=OWN,
    )
    most_mb: int = Field(
        default=1024,
        ge=16,
        le=1 << 20,
        description="MiB that the journal and the long outputs of commands may take; above that the oldest "
        "conversations that are over are forgotten earlier, but none of the last day.",
        json_schema_extra=OWN,
    )
