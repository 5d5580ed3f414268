"""The configuration sections `models` and `engine`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pylot.config.ownership import OWN

Role = Literal["complete", "chat", "embed"]
ROLES: tuple[Role, ...] = ("complete", "chat", "embed")


class RoleSettings(BaseModel):
    """Which model serves which role (H1); one model may serve all (H2)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    complete: str = Field(default="pylot-tiny", description="The model for ghost text.")
    chat: str = Field(default="", description="The model for chat; empty means the one for ghost text.")
    embed: str = Field(default="", description="The model for embeddings; empty means the one for ghost text.")


class CatalogueEntry(BaseModel):
    """A model file that the user names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(description="Path of a GGUF file: absolute, from `~`, or below the models directory.")
    card: str = Field(default="", description="The model card to use; empty means the one that matches the file.")
    context: int = Field(default=0, ge=0, description="Tokens of context; 0 means `engine.context`.")


class ModelsSettings(BaseModel):
    """Which models there are and what they are for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: str = Field(
        default="",
        description="Where model files lie; empty means Pylot's own models directory.",
        json_schema_extra=OWN,
    )
    roles: RoleSettings = Field(default=RoleSettings(), description="Which model serves which role.")
    catalogue: dict[str, CatalogueEntry] = Field(
        default_factory=dict,
        description="Your own models by name, each a table with `file`, `card` and `context`.",
        json_schema_extra=OWN,
    )


class EngineSettings(BaseModel):
    """How the embedded engine loads and runs a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context: int = Field(default=4096, ge=256, le=1_048_576, description="Tokens of KV cache shared by all requests.")
    threads: int = Field(
        default=0, ge=0, le=512, description="Threads for decoding; 0 means one per core, eight at most."
    )
    gpu_layers: int = Field(default=0, ge=-1, description="Layers to put on a GPU; -1 means all, 0 none.")
    repack: bool = Field(default=True, description="Keep a second copy of 4-bit weights that generates faster.")
    idle_seconds: float = Field(
        default=30.0, ge=0, le=86_400, description="How long the engine stays after its last editor has gone."
    )
