"""A model that can never fit is refused in one sentence that names a smaller one of the user's own (I12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelTooLargeError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, RoleSettings
from tests.support.random_gguf import RandomModels
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf


async def test_the_next_smaller_model_is_named(own_home: Path, random_model: RandomModels) -> None:
    layers = {"block_count": 1_000_000, "embedding_length": 8192, "attention.head_count": 64}
    huge = write_synthetic_gguf(own_home / "huge.gguf", [Tensor("token_embd.weight", (8192, 32000))], layers)
    files = {"huge": huge, "small": random_model()}
    models = Models(
        ModelsSettings(
            roles=RoleSettings(complete="huge"),
            catalogue={name: CatalogueEntry(file=str(file)) for name, file in files.items()},
        ),
        EngineSettings(),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=own_home,
        runtime_directory=own_home,
        log_directory=own_home,
        clock=SystemClock(),
        say=lambda _: None,
    )

    with pytest.raises(ModelTooLargeError, match=r"use small, which would fit\.$"):
        await models.provider("complete").ready()
    await models.close()
