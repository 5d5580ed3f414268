"""The models that Pylot knows to be good for code, kept as data in `config/catalogue.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

# Of a file in 4 bits, what llama.cpp keeps a second time; the rest are tables and types without a faster form.
_REPACKED_SHARE = 0.7
_FIXED_BYTES = 150_000_000


class KnownModel(BaseModel):
    """One model at a model hub; lengths in tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    file: str = Field(pattern=r"^[\w.-]+\.gguf$")
    revision: str = "main"
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    megabytes: int = Field(gt=0)
    parameters: str
    context: int = Field(gt=0)
    kv_bytes_per_token: int = Field(gt=0)
    licence: str
    fim: bool
    chat: bool
    card: str
    gated: bool = False
    note: str

    @property
    def n_bytes(self) -> int:
        """About how long the file is."""
        return self.megabytes * 1_000_000

    def memory(self, n_ctx: int) -> int:
        """Return about how many bytes an engine with this model takes; only the file itself can tell it exactly."""
        repacked = _REPACKED_SHARE * self.n_bytes if "q4" in self.file.lower() else 0
        return round(self.n_bytes + repacked + self.kv_bytes_per_token * min(n_ctx, self.context) + _FIXED_BYTES)


def load_known_models(path: Path) -> dict[str, KnownModel]:
    """Read the catalogue; the shipped file is tested, so a broken one is a broken installation and raises."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: KnownModel.model_validate(values) for name, values in raw["models"].items()}
